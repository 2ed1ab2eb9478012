import type { Dataset } from '../../data/dataset';

/** How two cells (class × domain) are related. */
export const relations = ['rho', 'alpha', 'beta', 'gamma'] as const;
export type Relation = (typeof relations)[number];

export interface Cells {
  /** Cell of each sample, −1 where it has no label or lies in another domain. */
  readonly cellOf: Int32Array;
  readonly count: number;
  /** Rows of each cell. */
  readonly rows: readonly Int32Array[];
  readonly classOf: readonly number[];
  readonly domainOf: readonly number[];
  readonly names: readonly string[];
}

/** The cells with at least two samples, of the given domains. */
export function makeCells(
  { labels, domains, classNames, domainNames }: Pick<Dataset, 'labels' | 'domains' | 'classNames' | 'domainNames'>,
  chosen: readonly number[],
): Cells {
  const rows: Int32Array[] = [];
  const [classOf, domainOf, names]: [number[], number[], string[]] = [[], [], []];
  const cellOf = new Int32Array(labels.length).fill(-1);
  for (const domain of chosen) {
    classNames.forEach((className, label) => {
      const own: number[] = [];
      for (let x = 0; x < labels.length; x++) if (labels[x] === label && domains[x] === domain) own.push(x);
      if (own.length < 2) return;
      for (const x of own) cellOf[x] = rows.length;
      rows.push(Int32Array.from(own));
      classOf.push(label);
      domainOf.push(domain);
      names.push(`${className} (${domainNames[domain]})`);
    });
  }
  return { cellOf, count: rows.length, rows, classOf, domainOf, names };
}

/** ρ: same class, same domain. α: same class, other domain. β: other class, same domain. γ: both differ. */
export function relationOf({ classOf, domainOf }: Cells, a: number, b: number): Relation {
  const sameClass = classOf[a] === classOf[b];
  const sameDomain = domainOf[a] === domainOf[b];
  return sameClass ? (sameDomain ? 'rho' : 'alpha') : sameDomain ? 'beta' : 'gamma';
}

export type RelationMeans = Record<Relation, number>;

/** The mean over all pairs of cells of each relation, NaN where there is none. `matrix` is count × count, symmetric. */
export function meansByRelation(cells: Cells, matrix: Float64Array): RelationMeans {
  const sums = { rho: 0, alpha: 0, beta: 0, gamma: 0 };
  const counts = { rho: 0, alpha: 0, beta: 0, gamma: 0 };
  for (let a = 0; a < cells.count; a++) {
    for (let b = 0; b <= a; b++) {
      const relation = relationOf(cells, a, b);
      sums[relation] += matrix[a * cells.count + b]!;
      counts[relation]++;
    }
  }
  return {
    rho: sums.rho / counts.rho,
    alpha: sums.alpha / counts.alpha,
    beta: sums.beta / counts.beta,
    gamma: sums.gamma / counts.gamma,
  };
}
