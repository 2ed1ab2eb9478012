import type { RunView } from '../../engine/report/payload';
import { h } from '../charts/dom';

export type NoticeKind = 'error' | 'warning' | 'info';

/** Something the reader should know before the plots: a failure, a warning, that a run goes on. */
export function notice(kind: NoticeKind, title: string, lines: readonly string[] = []): HTMLElement {
  return h(
    'div',
    { class: `notice ${kind}`, role: kind === 'error' ? 'alert' : 'note' },
    h('strong', {}, title),
    ...lines.map((line) => h('p', {}, line)),
  );
}

/** A place with nothing in it, and why. */
export function emptyState(title: string, text: string, ...actions: HTMLElement[]): HTMLElement {
  return h('div', { class: 'empty' }, h('h2', {}, title), h('p', {}, text), ...actions);
}

/** A frame that waits for its content; what goes wrong is said in it. */
export function later(what: string, work: () => Promise<readonly HTMLElement[]>): HTMLElement {
  const frame = h('div', { class: 'later', 'aria-busy': 'true' }, loading(what));
  work().then(
    (parts) => {
      frame.removeAttribute('aria-busy');
      frame.replaceChildren(...parts);
    },
    (error: unknown) => {
      frame.removeAttribute('aria-busy');
      frame.replaceChildren(notice('error', `${what}: not shown`, [messageOf(error)]));
    },
  );
  return frame;
}

export function loading(what: string): HTMLElement {
  return h(
    'p',
    { class: 'loading', role: 'status' },
    h('span', { class: 'spinner', 'aria-hidden': 'true' }),
    `${what} …`,
  );
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the engine warned of, once each: a stack is for the log, and the run's own error is said elsewhere. */
export function warningLines({ warnings, run }: Pick<RunView, 'warnings' | 'run'>): string[] {
  const lines = warnings.map(({ stage, message }) => {
    const [line = ''] = message.split('\n');
    return { line, text: stage ? `${stage}: ${line}` : line };
  });
  const told = lines.filter(({ line }) => run.error === undefined || !line.includes(run.error));
  return [...new Set(told.map(({ text }) => text))];
}
