import type { ReportPayload } from '../../engine/report/payload';
import { h } from '../charts/dom';
import { formatDuration } from '../charts/numbers';
import { notice, warningLines } from '../shell/states';

const stateTexts: Record<ReportPayload['state'], string> = {
  running: 'running',
  finished: 'finished',
  failed: 'failed',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
};

/** Study, run, seed, device, time and state; what went wrong, where something did. */
export function header(payload: ReportPayload): HTMLElement {
  const { run, state } = payload;
  const warnings = warningLines(payload);
  const seconds = (Date.parse(run.finishedAt ?? run.updatedAt) - Date.parse(run.startedAt)) / 1000;
  const facts: [string, string][] = [
    ['Run', run.id],
    ['Study file', run.study.path],
    ['Seed', String(run.seed)],
    ['Device', run.device.detail ? `${run.device.name} · ${run.device.detail}` : run.device.name],
    ['Started', run.startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')],
    ['Time', Number.isFinite(seconds) ? formatDuration(Math.max(0, seconds)) : '–'],
    ['Engine', `${run.engine.version} · Node ${run.engine.node} · ${run.engine.platform}`],
  ];
  return h(
    'header',
    { class: 'top' },
    h('p', { class: 'brand' }, 'Eigenprobe'),
    h(
      'div',
      { class: 'title' },
      h('h1', {}, run.study.name),
      h('span', { class: `state ${state}` }, stateTexts[state]),
    ),
    h('dl', { class: 'facts' }, ...facts.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value)))),
    stages(run.stages),
    state === 'failed' && run.error !== undefined && notice('error', 'The run failed', [run.error]),
    state === 'interrupted' &&
      notice('warning', 'The run was interrupted', ['Its process is gone; running the study again goes on from here.']),
    state === 'running' &&
      notice('info', 'The run has not finished', ['This report shows what there was when it was written.']),
    warnings.length > 0 && notice('warning', 'The engine warned', warnings),
  );
}

function stages(records: ReportPayload['run']['stages']): HTMLElement {
  const items = Object.entries(records).map(([name, { state, seconds }]) =>
    h(
      'li',
      { class: state },
      h('span', { class: 'stage-name' }, name),
      h('span', {}, state === 'finished' && seconds !== undefined ? formatDuration(seconds) : state),
    ),
  );
  return h('ol', { class: 'stages', 'aria-label': 'Stages' }, ...items);
}
