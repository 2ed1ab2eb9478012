import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { terminalColors } from '../../engine/terminal/colors';
import { stageLine } from '../../engine/terminal/lines';
import { RunModel, type StageView } from '../../engine/terminal/model';
import { PlainProgress } from '../../engine/terminal/plain';
import { storyEvents, storyStages } from './events';

const plain = picocolors.createColors(false);

describe('plain progress', () => {
  test('a run as a log shows it', () => {
    const lines: string[] = [];
    const progress = new PlainProgress(new RunModel(storyStages), (line) => lines.push(line));
    for (const event of storyEvents()) progress.event(event);
    expect(lines.join('\n')).toBe(
      `
Resumed.
data: unchanged, taken from the cache
pretrain: running
pretrain: 6 %, epoch 1 of 10, loss -0.561, 1:34 left
warning: pretrain: 3 images are blank.
pretrain: 12 %, epoch 2 of 10, loss -1.20, 1:04:48 left
pretrain: 99 %, epoch 10 of 10, loss -1.20, 0:00 left
pretrain: done in 3:08
Process 7 on node-2 is computing probe already.
probe: running
probe: failed
`.trim(),
    );
  });
});

describe('one line a stage', () => {
  const running: StageView = {
    stage: 'pretrain',
    state: 'running',
    progress: { done: 450, total: 1000, label: 'epoch 5 of 10', etaSeconds: 83 },
    metric: { name: 'loss', value: -0.5612 },
  };

  test('wide: everything', () => {
    const model = new RunModel(storyStages);
    for (const event of storyEvents().slice(0, 10)) model.apply(event);
    expect(model.stages.map((view) => stageLine(view, 100, 0, plain))).toEqual([
      '✔ data       unchanged, taken from the cache',
      '⠋ pretrain   ━━━─────────────────────   12 %  1:04:48 left  epoch 2 of 10  loss -1.20',
      '· probe      waiting',
    ]);
  });

  test('narrower: the bar shortens, then the metric goes, then the label, then the bar', () => {
    expect([79, 60, 52, 42, 30, 20].map((width) => stageLine(running, width, 0, plain))).toEqual([
      '⠋ pretrain   ━━━━━━━━━───────────   45 %  1:23 left  epoch 5 of 10  loss -0.561',
      '⠋ pretrain   ━━━━────   45 %  1:23 left  epoch 5 of 10',
      '⠋ pretrain   ━━━━────   45 %  1:23 left  epoch 5 of…',
      '⠋ pretrain   ━━━━────   45 %  1:23 left',
      '⠋ pretrain   ━━━━────   45 %',
      '⠋ pretrain    45 %',
    ]);
  });

  test('no line is longer than the terminal is wide', () => {
    for (let width = 12; width < 130; width++) {
      expect(stageLine(running, width, 3, plain).length).toBeLessThanOrEqual(width);
      expect(
        stageLine({ stage: 'represent', state: 'cached', seconds: 3 }, width, 0, plain).length,
      ).toBeLessThanOrEqual(width);
    }
  });

  test('totals that are not known yet', () => {
    const view: StageView = { stage: 'data', state: 'running', progress: { done: 3, total: 0, label: '' } };
    expect(stageLine(view, 60, 1, plain)).toBe('⠙ data       ────────────────────────    0 %');
  });
});

describe('colours', () => {
  const of = (isTTY: boolean, environment: Record<string, string>) =>
    terminalColors({ isTTY }, environment).isColorSupported;

  test('in a terminal, but never with NO_COLOR', () => {
    expect(of(true, {})).toBe(true);
    expect(of(false, {})).toBe(false);
    expect(of(true, { NO_COLOR: '1' })).toBe(false);
    expect(of(true, { NO_COLOR: '' })).toBe(true);
    expect(of(true, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
    expect(of(false, { FORCE_COLOR: '1' })).toBe(true);
    expect(of(true, { TERM: 'dumb' })).toBe(false);
  });
});
