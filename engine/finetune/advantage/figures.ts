import type { StageOutput } from '../../run/stage';
import type { Prediction } from './prediction';
import type { Cell } from './table';

type Figures = StageOutput['figures'];

/**
 * The map as figures: `method` names the level of quality, `domain` the shift. advantage.difference, one a cell;
 * advantage.quality, one a level; advantage.shift, one a shift; advantage.predicted.
 */
export function advantageFigures(
  cells: readonly Cell[],
  { levels, shifts }: { readonly levels: readonly string[]; readonly shifts: readonly string[] },
  prediction: Prediction | undefined,
): Figures {
  const difference = cells.map(({ level, shift, mean }): Figures[number] => ({
    ...{ id: 'advantage.difference', label: 'LP-FT − FT, accuracy', unit: 'fraction' },
    ...{ value: mean.advantage, method: levels[level], domain: shifts[shift] },
  }));
  const quality = levels.map((method, level): Figures[number] => ({
    ...{ id: 'advantage.quality', label: 'Probe accuracy without shift', unit: 'fraction', method },
    value: cells.find((cell) => cell.level === level)!.mean.probeID,
  }));
  const sizes = shifts.map((domain, shift): Figures[number] => {
    const own = cells.filter((cell) => cell.shift === shift);
    const value = own.reduce((sum, { mean }) => sum + mean.shiftDistance, 0) / own.length;
    const label = 'Proxy A-distance of the shift, mean of all levels';
    return { id: 'advantage.shift', label, unit: 'distance', domain, value };
  });
  const predicted: Figures = prediction
    ? [
        {
          ...{ id: 'advantage.predicted', label: 'Variance of the map predicted by quality and shift, cell left out' },
          ...{ unit: 'value', value: prediction.predicted },
        },
      ]
    : [];
  return [...difference, ...quality, ...sizes, ...predicted];
}
