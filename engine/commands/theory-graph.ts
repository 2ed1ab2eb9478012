import type { Command } from 'commander';
import { number, seed as seedNumber, share, wholeNumber } from './numeric-options';

/** Adds `four-block` and `probe-bound` to the command `theory`. */
export function addGraphTheory(theory: Command): void {
  const seed = ['--seed <number>', 'seed that graphs are drawn from', seedNumber, 0] as const;
  const json = ['--json', 'as JSON'] as const;
  const count = wholeNumber(1, 1e7);
  theory
    .command('four-block')
    .description('two classes in two domains: eigenvectors, margins on the target, feature averaging, verdict')
    .requiredOption('--rho <weight>', 'weight of same class, same domain', number)
    .requiredOption('--alpha <weight>', 'same class, other domain', number)
    .requiredOption('--beta <weight>', 'other class, same domain', number)
    .requiredOption('--gamma <weight>', 'other class, other domain', number)
    .option('-n, --nodes <number>', 'nodes of the simulated graph', count, 2000)
    .option('--density <share>', 'probability of an edge where the weight is largest', share, 0.2)
    .option('--steps <number>', 'steps of preconditioned feature averaging', count, 3)
    .option(...seed)
    .option(...json)
    .action(async (flags) => (await import('./theory')).theoryFourBlock(flags));
  theory
    .command('probe-bound')
    .description('when a linear head works: Φ, gap, bound and measured error on a graph of communities')
    .option('-n, --nodes <number>', 'nodes', count, 1000)
    .option('--classes <number>', 'communities, one class each', count, 4)
    .option('--inside <share>', 'probability of an edge within a community', share, 0.1)
    .option('--across <share>', 'probability of an edge across communities', share, 0.002)
    .option('--noise <share>', 'share of nodes whose label is drawn anew', share, 0)
    .option('--dimensions <number>', 'largest number of eigenvectors', count, 8)
    .option(...seed)
    .option(...json)
    .action(async (flags) => (await import('./theory')).theoryProbeBound(flags));
}
