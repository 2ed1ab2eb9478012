import { fourBlockLab, type FourBlockLab } from '../graph/lab/four-block-lab';
import { probeBoundLab } from '../graph/lab/probe-bound-lab';
import { significant } from '../terminal/numbers';
import { print, printJson } from './output';

interface Common {
  json?: boolean;
  seed: number;
}

/** Columns of text, the first to the left and the rest to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '))
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n');
}

const number = (value: number | undefined): string => (value === undefined ? 'undetermined' : significant(value));

const verdicts = {
  transfers:
    'transfers: three dimensions hold class and domain, and a head fitted on the source is right on the target',
  chance: 'chance: a head fitted on the source knows nothing of the target',
  fails: 'fails: a head fitted on the source predicts the wrong class on the target',
  undetermined: 'undetermined: two of the weights are equal, and an eigenspace is degenerate',
} as const;

/** `eigenprobe theory four-block`: closed forms of two classes in two domains beside a simulated graph. */
export async function theoryFourBlock(
  flags: Common & {
    rho: number;
    alpha: number;
    beta: number;
    gamma: number;
    nodes: number;
    density: number;
    steps: number;
  },
): Promise<void> {
  const { rho, alpha, beta, gamma, nodes, density, seed } = flags;
  const steps = Array.from({ length: flags.steps }, (_, i) => i + 1);
  const lab = await fourBlockLab({ rho, alpha, beta, gamma }, { nodes, density, steps, seed });
  if (flags.json) printJson(lab);
  else print(fourBlockText(lab));
}

export function fourBlockText({ connectivity, predicted, simulated, averaging }: FourBlockLab): string {
  const { rho, alpha, beta, gamma } = connectivity;
  const pairs = predicted.eigenpairs.map(({ name, value, vector }, i) => {
    const found = simulated.eigenpairs[i];
    const [closest, share] = Object.entries(found?.overlaps ?? {}).reduce(
      (best, entry) => (entry[1] > best[1] ? entry : best),
      ['none', 0],
    );
    const shown = found ? `${closest} (${(100 * share).toFixed(0)} %)` : '';
    return [name, vector.map((v) => (v > 0 ? '+' : '−')).join(' '), number(value), number(found?.value), shown];
  });
  return [
    `Two classes in two domains: ρ = ${rho}, α = ${alpha}, β = ${beta}, γ = ${gamma}`,
    '',
    columns([['eigenvector', 'blocks', 'λ predicted', 'λ simulated', 'simulated vector is'], ...pairs]),
    '  Blocks: class 1 source, class 2 source, class 1 target, class 2 target.',
    '',
    columns([
      ['head fitted on the source', 'margin predicted', 'simulated', 'target accuracy'],
      ...([2, 3, 4] as const).map((k) => [
        `${k} dimensions`,
        number(predicted.margins[k]),
        number(simulated.margins[k]),
        `${(100 * simulated.accuracies[k]).toFixed(1)} %`,
      ]),
    ]),
    '',
    columns([
      ['preconditioned feature averaging', 'margin predicted', 'simulated'],
      ...averaging.map((at) => [`${at.steps} steps`, number(at.predicted), number(at.simulated)]),
    ]),
    '',
    `Verdict: ${verdicts[predicted.verdict]}${predicted.ties.length > 0 ? ` (${predicted.ties.join(', ')})` : ''}.`,
    `Simulated: ${simulated.nodes} nodes, ${simulated.edges} edges; eigenvalues of noise reach ${number(simulated.noise)}.`,
  ].join('\n');
}

/** `eigenprobe theory probe-bound`: when a linear head works, on a simulated graph of communities. */
export async function theoryProbeBound(
  flags: Common & { nodes: number; classes: number; inside: number; across: number; noise: number; dimensions: number },
): Promise<void> {
  const lab = await probeBoundLab(flags);
  if (flags.json) {
    printJson({ ...lab, each: lab.each.map((at) => ({ ...at, bound: Number.isFinite(at.bound) ? at.bound : null })) });
    return;
  }
  const percent = (share: number) => (Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : '∞');
  print(
    [
      `${flags.classes} communities, ${lab.nodes} nodes, ${lab.edges} edges, ${lab.components} components`,
      `Φ = ${significant(lab.disagreement)}: the share of positive pairs with different labels`,
      '',
      columns([
        ['k', 'gap 1 − λₖ₊₁', 'residual', 'bound 2Φ/gap', 'probe error'],
        ...lab.each.map((at) => [
          String(at.k),
          significant(at.gap),
          significant(at.residual),
          percent(at.bound),
          percent(at.error),
        ]),
      ]),
    ].join('\n'),
  );
}
