import type { PanelKind, PanelRun } from '../contract';
import { h } from '../charts/dom';
import type { Host } from '../data/host-data';

export const kindNames: Record<PanelKind, string> = {
  clusters: 'Clusters',
  transfer: 'Transfer',
  distortion: 'Distortion',
  live: 'Training',
  compare: 'Figures',
};

/** Which run a panel shows, and the way to its other panels. */
export function runHeader({ key, view, started }: PanelRun, kind: PanelKind, host: Host): HTMLElement {
  const { run, state } = view;
  return h(
    'header',
    { class: 'panel-header' },
    h(
      'div',
      { class: 'title' },
      h('h1', {}, run.study.name),
      h('span', { class: `state ${state}` }, state),
      h(
        'span',
        { class: 'note', title: `${run.id}\n${run.device.detail}` },
        `${started} · ${run.sweep?.row === undefined ? `seed ${run.seed}` : run.sweep.label} · ${run.device.name}`,
      ),
    ),
    h('nav', { 'aria-label': 'Panels of this run' }, ...panelLinks(key, kind, host)),
  );
}

/** Buttons that open a run's panels; the one that is open is marked. */
export function panelLinks(run: string, current: PanelKind | undefined, host: Host): HTMLElement[] {
  const kinds = Object.entries(kindNames) as [PanelKind, string][];
  return [
    ...kinds.map(([kind, text]) => {
      const button = h('button', { type: 'button', 'aria-current': kind === current ? 'page' : undefined }, text);
      if (kind !== current) button.addEventListener('click', () => host.post({ type: 'openPanel', run, kind }));
      return button;
    }),
    (() => {
      const button = h('button', { type: 'button' }, 'Report');
      button.addEventListener('click', () => host.post({ type: 'openReport', run }));
      return button;
    })(),
  ];
}
