import type { Command } from 'commander';
import type { DistortionFlags, ToyFlags } from './distortion';
import { number, seed, size, wholeNumber } from './numeric-options';

const count = wholeNumber(1, 2000);

/** Adds `distortion` and `toy` to the command `theory`. */
export function addDistortion(theory: Command): void {
  theory
    .command('distortion')
    .description('probe and fine-tune a two-layer linear network by gradient flow, beside the lower bound')
    .option('-d <number>', 'inputs', count, 20)
    .option('-k <number>', 'features', count, 3)
    .option('-n <number>', 'training samples', count, 10)
    .option('--feature-noise <number>', 'distance of the pretrained features from the true ones', size, 0)
    .option('--head-size <number>', 'norm of the random head that fine-tuning starts from', size, 1)
    .option('--target-size <number>', 'norm of the true head', size, 1)
    .option('--time <number>', 'how long the flow is followed', size, 10)
    .option('--seed <number>', 'seed of everything random', seed, 0)
    .option('--json', 'as JSON, with the whole course')
    .action(async (flags: DistortionFlags) => (await import('./distortion')).distortion(flags));
  theory
    .command('toy')
    .description('where fine-tuning ends in the smallest case, in closed form and by following the flow')
    .argument('[heads...]', 'heads v₀ to start from (negative ones after --)', heads, [0, 0.5, 1, 2, -1])
    .option('--target <number>', 'the true head v⋆', number, 1)
    .option('--angle <degrees>', 'between the features and the only training input', number, 45)
    .option('--json', 'as JSON')
    .action(async (values: number[], flags: ToyFlags) => (await import('./distortion')).toy(values, flags));
}

/** The default is replaced by the first head that is given. */
const given = new WeakSet<readonly number[]>();
function heads(text: string, before: readonly number[]): number[] {
  const all = given.has(before) ? [...before, number(text)] : [number(text)];
  given.add(all);
  return all;
}
