import {
  readHostMessage,
  readPanelState,
  type PanelKind,
  type PanelMessage,
  type PanelRun,
  type PanelState,
  type SeedGroup,
} from '../contract';
import { h } from '../charts/dom';
import { setExporter } from '../charts/export';
import type { StageName } from '../../engine/run/format';
import { HostData, type Host } from '../data/host-data';
import { Choices } from './choices';
import { runHeader } from './header';
import { emptyState, loading, notice } from './states';
import { sectionElement, type Section, type ViewContext } from './view';

interface VsCode {
  postMessage(message: PanelMessage): void;
  getState(): unknown;
  setState(state: PanelState): void;
}
declare function acquireVsCodeApi(): VsCode;

/** What a panel shows beside its run. */
export interface Shown {
  runs: readonly PanelRun[];
  baseline: string | undefined;
  groups: readonly SeedGroup[];
}

export interface Page {
  readonly root: HTMLElement;
  readonly choices: Choices;
  readonly host: Host;
}

/**
 * A page inside VS Code: says that it is ready, keeps runs and choices over a reload, hands files and texts to the
 * editor, and calls back with what there is to show.
 */
export function startPage(show: (shown: Shown, page: Page) => void): void {
  const vscode = acquireVsCodeApi();
  const root = document.getElementById('panel')!;
  const state = readPanelState(vscode.getState());
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let counter = 0;
  const host: Host = {
    post: (message) => vscode.postMessage(message),
    request: (make) =>
      new Promise((resolve, reject) => {
        const id = ++counter;
        waiting.set(id, { resolve, reject });
        vscode.postMessage(make(id));
      }),
  };
  const choices = new Choices(state.choices, (values) => vscode.setState({ ...state, choices: values }));
  setExporter({
    save: async (name, content) =>
      vscode.postMessage({ type: 'save', name, bytes: new Uint8Array(await content.arrayBuffer()) }),
    copy: (text) => vscode.postMessage({ type: 'copy', text }),
  });
  root.replaceChildren(loading('Reading runs'));
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const message = readHostMessage(data);
    if (!message) return;
    if (message.type === 'show') {
      state.runs = message.runs.map(({ key }) => key);
      vscode.setState({ ...state });
      show(message, { root, choices, host });
      return;
    }
    const request = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.type === 'rows') request?.resolve(message.bytes);
    else if (message.error !== undefined) request?.reject(new Error(message.error));
    else request?.resolve(message.value);
  });
  vscode.postMessage({ type: 'ready' });
}

export interface RunPanel {
  kind: PanelKind;
  /** Files whose coming makes the page anew, by the beginnings of their names. */
  stages: readonly string[];
  sections: (context: ViewContext, run: PanelRun) => (Section | undefined)[];
  /** What to say where there is nothing to show yet, and the stages that it comes from. */
  empty: { title: string; text: string; stages: readonly StageName[] };
}

/** A panel of one run. It is drawn anew when a stage that it shows has come to its end, and otherwise left alone. */
export function startRunPanel({ kind, stages, sections, empty }: RunPanel): void {
  let drawn = '';
  startPage(({ runs }, page) => {
    const [run] = runs;
    if (!run) {
      page.root.replaceChildren(
        emptyState('The run is gone', 'It was deleted or moved. Open another one from the Runs view.'),
      );
      return;
    }
    const { view, files } = run;
    const signature = JSON.stringify([
      ...[run.key, view.state, view.run.error, view.figures.length, Object.keys(view.details), view.sweep?.finished],
      files.filter((file) => stages.some((stage) => file.startsWith(`stages/${stage}/`))),
    ]);
    const header = runHeader(run, kind, page.host);
    if (signature === drawn) {
      page.root.querySelector('header')?.replaceWith(header);
      return;
    }
    drawn = signature;
    const context = { view, data: new HostData(run, page.host), choices: page.choices };
    const shown = sections(context, run).filter((section) => section !== undefined);
    page.root.replaceChildren(
      header,
      h(
        'main',
        {},
        ...stateNotices(run, shown.length > 0),
        ...(shown.length > 0 ? shown.map(sectionElement) : [emptyPanel(run, empty, page.host)]),
      ),
    );
  });
}

/** Why there is nothing to see: the study does not ask for it, or its stage has not come to its end. */
function emptyPanel({ key, view }: PanelRun, { title, text, stages }: RunPanel['empty'], host: Host): HTMLElement {
  const planned = stages.find((stage) => view.run.stages[stage] !== undefined);
  if (planned === undefined) {
    const open = h('button', { type: 'button' }, 'Open Study');
    open.addEventListener('click', () => host.post({ type: 'openStudy', run: key }));
    return emptyState(title, text, open);
  }
  return emptyState(
    title,
    view.state === 'running'
      ? `The stage “${planned}” has not come to its end yet. What it finds appears here when it has.`
      : `The stage “${planned}” did not come to its end.`,
  );
}

/** What the reader should know of an unfinished run. */
function stateNotices({ view }: PanelRun, hasResults: boolean): HTMLElement[] {
  const rest = hasResults ? ['What its finished stages found is shown.'] : [];
  switch (view.state) {
    case 'failed':
      return [notice('error', 'The run failed', [view.run.error ?? 'It did not say why.', ...rest])];
    case 'cancelled':
      return [notice('warning', 'The run was cancelled', rest)];
    case 'interrupted':
      return [
        notice('warning', 'The run was interrupted', [
          'Its process is gone. Resume it to go on from where it was.',
          ...rest,
        ]),
      ];
    case 'running':
      return hasResults ? [notice('info', 'The run goes on', ['Panels of further stages appear as they end.'])] : [];
    case 'finished':
      return [];
  }
}
