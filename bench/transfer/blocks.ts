import { fourBlockLab } from '../../engine/graph/lab/four-block-lab';
import type { BenchFigure } from '../support/contract';

/** (ρ, α, β, γ) with the margins that theory gives for representations of 4, 3 and 2 dimensions. */
const fixtures = [
  { weights: [1, 0.3, 0.2, 0.1], margins: [0.25, 1, 1] },
  { weights: [1, 0.1, 0.2, 0.3], margins: [-0.25, -1, -1] },
  { weights: [1, 0.3, 0.1, 0.2], margins: [0.1111, 0.1111, 1] },
  { weights: [1, 0.1, 0.3, 0.2], margins: [-0.1429, -1, 0] },
  { weights: [1, 0.2, 0.3, 0.1], margins: [0.1429, 1, 0] },
] as const;

/**
 * Random graphs of four blocks: the margin on the target that a head fitted on the source reaches, beside the theory's
 * for each number of dimensions; the farthest of all seeds.
 */
export async function blocks(seeds: readonly number[]): Promise<BenchFigure[]> {
  const figures: BenchFigure[] = [];
  let regions = 0;
  let asked = 0;
  for (const { weights, margins } of fixtures) {
    const [rho, alpha, beta, gamma] = weights;
    const off = [0, 0, 0];
    for (const seed of seeds) {
      const lab = await fourBlockLab({ rho, alpha, beta, gamma }, { nodes: 2000, density: 0.3, steps: [1, 3], seed });
      ([4, 3, 2] as const).forEach((k, i) => {
        const measured = lab.simulated.margins[k];
        off[i] = Math.max(off[i]!, Math.abs(measured - margins[i]!));
        asked++;
        // A predicted margin of 0 is chance: neither side of it.
        if (margins[i] === 0 ? Math.abs(measured) < 0.05 : Math.sign(measured) === Math.sign(margins[i]!)) regions++;
      });
    }
    figures.push({
      name: `blocks (${weights.join(', ')}): margin on the target less theory's, farthest`,
      ...{ value: Math.max(...off), unit: 'margin', target: 0.1, better: 'lower' },
    });
  }
  figures.push({
    name: 'blocks: predicted region of transfer found',
    ...{ value: regions / asked, unit: 'fraction', target: 1, better: 'higher' },
  });
  return figures;
}
