import { stageNames, type StageName } from '../run/format';
import type { Colors } from './colors';
import type { StageView } from './model';
import { formatClock, percentage, significant } from './numbers';
import { describeState } from './plain';

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const nameWidth = Math.max(...stageNames.map((name) => name.length));
const fullBar = 24;
const shortestBar = 8;
const shortestLabel = 8;

/**
 * One line a stage, none longer than `width` columns: name, bar, percentage, time left, label, metric.
 * What does not fit is left out from the end; the bar shortens before it goes.
 */
export function stageLine(view: StageView, width: number, frame: number, colors: Colors): string {
  const { state, progress, metric, seconds } = view;
  const head = `${symbol(state, frame, colors)} ${paintName(view.stage, state, colors)}`;
  const room = width - nameWidth - 2;
  if (state !== 'running') return head + colors.dim(fit(`  ${describeState(state, seconds)}`, room));
  if (!progress) return head;

  const percent = `  ${String(percentage(progress.done, progress.total)).padStart(3)} %`;
  const eta = progress.etaSeconds === undefined ? '' : `  ${formatClock(progress.etaSeconds)} left`;
  const label = progress.label === '' ? '' : `  ${progress.label}`;
  const last = metric ? `  ${metric.name} ${significant(metric.value)}` : '';
  const texts = [percent, eta, label, last];
  const needed = texts.reduce((sum, text) => sum + text.length, 0);
  const bar = Math.min(fullBar, Math.max(shortestBar, room - needed - 2));

  let left = room;
  let line = head;
  const put = (text: string, paint: (text: string) => string): void => {
    if (text === '' || text.length > left) {
      if (text !== '') left = 0;
      return;
    }
    left -= text.length;
    line += paint(text);
  };
  if (room >= percent.length + 2 + bar) {
    left -= bar + 2;
    line += `  ${drawBar(progress.done, progress.total, bar, colors)}`;
  }
  put(percent, (text) => text);
  put(eta, colors.dim);
  // A label of which only a few letters would be left says nothing.
  put(label.length > left && left >= shortestLabel ? fit(label, left) : label, (text) => text);
  put(last, colors.cyan);
  return line;
}

function drawBar(done: number, total: number, width: number, colors: Colors): string {
  const filled = total > 0 ? Math.round(Math.min(1, Math.max(0, done / total)) * width) : 0;
  return colors.green('━'.repeat(filled)) + colors.dim('─'.repeat(width - filled));
}

function symbol(state: StageView['state'], frame: number, colors: Colors): string {
  switch (state) {
    case 'waiting':
      return colors.dim('·');
    case 'running':
      return colors.cyan(spinner[frame % spinner.length]!);
    case 'finished':
    case 'cached':
      return colors.green('✔');
    case 'failed':
      return colors.red('✖');
    case 'cancelled':
      return colors.yellow('■');
  }
}

function paintName(stage: StageName, state: StageView['state'], colors: Colors): string {
  const name = stage.padEnd(nameWidth);
  return state === 'waiting' ? colors.dim(name) : state === 'running' ? colors.bold(name) : name;
}

function fit(text: string, room: number): string {
  if (text.length <= room) return text;
  return room < 2 ? '' : `${text.slice(0, room - 1)}…`;
}
