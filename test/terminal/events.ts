import type { RunEvent, StageName } from '../../engine/run/format';

type Untimed<T> = T extends unknown ? Omit<T, 'time'> : never;

/** A run as its events tell it: [seconds since the start, event]. */
export const story: [number, Untimed<RunEvent>][] = [
  [0, { type: 'run', state: 'running', message: 'Resumed.' }],
  [0, { type: 'stage', stage: 'data', state: 'cached', seconds: 3.2 }],
  [0, { type: 'stage', stage: 'pretrain', state: 'running' }],
  [1, { type: 'progress', stage: 'pretrain', done: 10, total: 1000, label: 'epoch 1 of 10' }],
  [1, { type: 'metric', stage: 'pretrain', name: 'loss', step: 10, value: -0.56123 }],
  [6, { type: 'progress', stage: 'pretrain', done: 60, total: 1000, label: 'epoch 1 of 10', etaSeconds: 94.3 }],
  [7, { type: 'progress', stage: 'pretrain', done: 70, total: 1000, label: 'epoch 1 of 10', etaSeconds: 93.1 }],
  [8, { type: 'log', level: 'warning', stage: 'pretrain', message: '3 images are blank.' }],
  [12, { type: 'metric', stage: 'pretrain', name: 'loss', step: 120, value: -1.2 }],
  [12, { type: 'progress', stage: 'pretrain', done: 120, total: 1000, label: 'epoch 2 of 10', etaSeconds: 3888 }],
  [187.4, { type: 'progress', stage: 'pretrain', done: 999, total: 1000, label: 'epoch 10 of 10', etaSeconds: 0.2 }],
  [187.5, { type: 'stage', stage: 'pretrain', state: 'finished', seconds: 187.5 }],
  [187.5, { type: 'log', level: 'info', message: 'Process 7 on node-2 is computing probe already.' }],
  [190, { type: 'stage', stage: 'probe', state: 'running' }],
  [193, { type: 'stage', stage: 'probe', state: 'failed' }],
  [193, { type: 'run', state: 'failed', message: 'No labels.' }],
];

export const storyStages: StageName[] = ['data', 'pretrain', 'probe'];

export function storyEvents(): RunEvent[] {
  return story.map(([seconds, event]) => ({
    time: new Date(Date.UTC(2025, 0, 1) + seconds * 1000).toISOString(),
    ...event,
  }));
}
