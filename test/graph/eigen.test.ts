import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { Cancelled, UserError } from '../../engine/errors';
import { connectedComponents } from '../../engine/graph/components';
import { degrees, graphFromEdges, type CsrGraph } from '../../engine/graph/csr';
import { leadingEigenpairs, type Eigenpairs } from '../../engine/graph/eigen';
import { awkwardGraph, blockGraph } from './random-graphs';

/** Eigenpairs of Ā by another solver, from the definition: values descending, vectors as columns. */
function oracle(graph: CsrGraph): { values: number[]; vectors: Matrix } {
  const n = graph.nodes;
  const matrix = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++)
    for (let e = graph.starts[i]!; e < graph.starts[i + 1]!; e++) matrix.set(i, graph.columns[e]!, graph.values[e]!);
  const d = matrix.sum('row');
  const a = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) if (matrix.get(i, j) > 0) a.set(i, j, matrix.get(i, j) / Math.sqrt(d[i]! * d[j]!));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(a, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((i, j) => realEigenvalues[j]! - realEigenvalues[i]!);
  return {
    values: order.map((i) => realEigenvalues[i]!),
    vectors: eigenvectorMatrix.subMatrixColumn(order),
  };
}

/** Largest |found − true| eigenvalue. */
function valueError(result: Eigenpairs, values: readonly number[]): number {
  return result.values.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
}

/**
 * Largest sine of a principal angle between the found and the true invariant subspaces, over every leading group of
 * eigenvalues that a gap of at least `gap` sets apart.
 */
function subspaceError(result: Eigenpairs, truth: ReturnType<typeof oracle>, n: number, gap: number): number {
  let most = 0;
  for (let first = 0; first < result.found;) {
    let end = first + 1;
    while (end < n && truth.values[end - 1]! - truth.values[end]! < gap) end++;
    if (end > result.found) break;
    // ‖v − P v‖ for each found vector v and the projection P on the true subspace bounds the sines.
    for (let i = first; i < end; i++) {
      const v = Matrix.columnVector(Array.from({ length: n }, (_, x) => result.vectors[x * result.found + i]!));
      const basis = truth.vectors.subMatrix(0, n - 1, first, end - 1);
      most = Math.max(most, Matrix.sub(v, basis.mmul(basis.transpose().mmul(v))).norm());
    }
    first = end;
  }
  return most;
}

/** Largest |VᵀV − I|. */
function orthogonalityError({ vectors, found }: Eigenpairs, n: number): number {
  const v = new Matrix(Array.from({ length: n }, (_, x) => [...vectors.subarray(x * found, (x + 1) * found)]));
  return Matrix.sub(v.transpose().mmul(v), Matrix.eye(found)).abs().max();
}

function ring(n: number): CsrGraph {
  const ends = Array.from({ length: n }, (_, i) => i);
  return graphFromEdges({ nodes: n, from: ends, to: ends.map((i) => (i + 1) % n) });
}

function hypercube(dimensions: number): CsrGraph {
  const from: number[] = [];
  const to: number[] = [];
  for (let x = 0; x < 1 << dimensions; x++)
    for (let bit = 0; bit < dimensions; bit++)
      if (!(x & (1 << bit))) {
        from.push(x);
        to.push(x | (1 << bit));
      }
  return graphFromEdges({ nodes: 1 << dimensions, from, to });
}

describe('leading eigenpairs against another dense solver', () => {
  it('are right on 1,000 small graphs of every awkward kind', { timeout: 300_000 }, async () => {
    for (let seed = 0; seed < 1000; seed++) {
      const graph = awkwardGraph(seed, 6, seed % 20 ? 40 : 110);
      const n = graph.nodes;
      const truth = oracle(graph);
      const count = 1 + (seed % Math.min(n, 24));
      const result = await leadingEigenpairs(graph, { count, seed });
      expect(result.status, `graph ${seed}`).toBe('converged');
      expect(result.found).toBe(count);
      expect(valueError(result, truth.values), `graph ${seed}`).toBeLessThan(1e-6);
      expect(subspaceError(result, truth, n, 1e-5), `graph ${seed}`).toBeLessThan(1e-4);
      expect(orthogonalityError(result, n), `graph ${seed}`).toBeLessThan(1e-5);
    }
  });

  it('are right by filtered iteration, too', { timeout: 300_000 }, async () => {
    for (let seed = 0; seed < 60; seed++) {
      const graph = awkwardGraph(seed, 130, 60);
      const n = graph.nodes;
      const truth = oracle(graph);
      const result = await leadingEigenpairs(graph, { count: 12, seed, method: 'iterative', tolerance: 1e-6 });
      expect(result.status, `graph ${seed}: ${result.reason}`).toBe('converged');
      expect(valueError(result, truth.values), `graph ${seed}`).toBeLessThan(1e-6);
      expect(subspaceError(result, truth, n, 0.02), `graph ${seed}`).toBeLessThan(1e-4);
      expect(orthogonalityError(result, n), `graph ${seed}`).toBeLessThan(1e-4);
    }
  });
});

describe('closed forms', () => {
  it('four blocks of the connectivity theory', async () => {
    const [rho, alpha, beta, gamma] = [1, 0.3, 0.2, 0.1];
    const kernel = [
      [rho, beta, alpha, gamma],
      [beta, rho, gamma, alpha],
      [alpha, gamma, rho, beta],
      [gamma, alpha, beta, rho],
    ];
    const size = 30;
    const [from, to, weights] = [[], [], []] as number[][];
    for (let x = 0; x < 4 * size; x++)
      for (let y = x; y < 4 * size; y++) {
        from!.push(x);
        to!.push(y);
        weights!.push(kernel[Math.floor(x / size)]![Math.floor(y / size)]!);
      }
    const graph = graphFromEdges({ nodes: 4 * size, from: from!, to: to!, weights: weights! });
    for (const method of ['dense', 'iterative'] as const) {
      const { values, status } = await leadingEigenpairs(graph, { count: 6, seed: 0, method });
      expect(status).toBe('converged');
      const s = rho + alpha + beta + gamma;
      const [byClass, byDomain, xor] = [alpha - beta - gamma, beta - alpha - gamma, gamma - alpha - beta];
      [1, (rho + byClass) / s, (rho + byDomain) / s, (rho + xor) / s, 0, 0].forEach((value, i) =>
        expect(values[i]).toBeCloseTo(value, 6),
      );
    }
  });

  it('rings: cos(2πj/n), each twice', async () => {
    for (const [n, method] of [
      [3, 'auto'],
      [100, 'dense'],
      [600, 'iterative'],
    ] as const) {
      const count = Math.min(n, 11);
      const result = await leadingEigenpairs(ring(n), { count, seed: 3, method, passes: 300 });
      expect(result.status, result.reason).toBe('converged');
      for (let i = 0; i < count; i++)
        expect(result.values[i]).toBeCloseTo(Math.cos((2 * Math.PI * Math.ceil(i / 2)) / n), 6);
    }
  });

  it('complete graphs: 1 and then −1/(n − 1)', async () => {
    const n = 40;
    const pairs = Array.from({ length: n * n }, (_, i) => [Math.floor(i / n), i % n] as const).filter(
      ([a, b]) => a < b,
    );
    const graph = graphFromEdges({ nodes: n, from: pairs.map(([a]) => a), to: pairs.map(([, b]) => b) });
    const { values } = await leadingEigenpairs(graph, { count: n, seed: 0 });
    expect(values[0]).toBe(1);
    for (let i = 1; i < n; i++) expect(values[i]).toBeCloseTo(-1 / (n - 1), 12);
  });

  it('the hypercube, bipartite: 1 − 2j/d with multiplicity C(d, j), −1 at the end', async () => {
    const whole = await leadingEigenpairs(hypercube(5), { count: 32, seed: 0 });
    const expected = [1, 5, 10, 10, 5, 1].flatMap((times, j) => new Array<number>(times).fill(1 - (2 * j) / 5));
    whole.values.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
    // Multiplicities of 10 and 45, cut in the middle of the second one.
    const large = await leadingEigenpairs(hypercube(10), { count: 30, seed: 1, method: 'iterative' });
    expect(large.status, large.reason).toBe('converged');
    large.values.forEach((value, i) => expect(value).toBeCloseTo(i === 0 ? 1 : i <= 10 ? 0.8 : 0.6, 6));
  });
});

describe('components', () => {
  it('give eigenvalue 1 exactly, isolated nodes eigenvalue 0', async () => {
    // Two triangles, an edge (bipartite: −1), a loop and two isolated nodes.
    const graph = graphFromEdges({
      nodes: 11,
      from: [0, 1, 2, 3, 4, 5, 6, 8],
      to: [1, 2, 0, 4, 5, 3, 7, 8],
      weights: [1, 1, 1, 2, 2, 2, 5, 3],
    });
    const result = await leadingEigenpairs(graph, { count: 11, seed: 0 });
    const expected = [1, 1, 1, 1, 0, 0, -0.5, -0.5, -0.5, -0.5, -1];
    result.values.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
    expect([...result.components.labels]).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5]);
    expect(result.components).toMatchObject({ count: 6, weighted: 4 });
    expect(result.residuals[0]).toBe(0);
  });

  it('of a graph without edges are its nodes', async () => {
    const graph = graphFromEdges({ nodes: 4, from: [], to: [] });
    const { values, status, components } = await leadingEigenpairs(graph, { count: 2, seed: 0 });
    expect([...values]).toEqual([0, 0]);
    expect(status).toBe('converged');
    expect(components).toMatchObject({ count: 4, weighted: 0 });
  });

  it('are deflated in a large graph: trace and residuals hold', async () => {
    // 20 copies of one block graph: every eigenvalue has multiplicity 20, more than a panel holds.
    const part = blockGraph(300, 12, 3, 0.9, 5);
    const graph = union(Array.from({ length: 20 }, () => part));
    const own = connectedComponents(part).weighted;
    const truth = oracle(part).values.slice(own);
    const count = 20 * own + 50;
    const result = await leadingEigenpairs(graph, { count, seed: 2 });
    expect(result.status, result.reason).toBe('converged');
    for (let i = 0; i < count; i++)
      expect(result.values[i]).toBeCloseTo(i < 20 * own ? 1 : truth[Math.floor((i - 20 * own) / 20)]!, 6);
    expect(Math.max(...residuals(graph, result))).toBeLessThan(2e-5);
  });

  it('of many sizes give the pairs of each, on any number of threads', { timeout: 60_000 }, async () => {
    const parts = Array.from({ length: 12 }, (_, i) => blockGraph(30 + 30 * i, 10, 2 + (i % 3), 0.85, i));
    const graph = union(parts);
    const truth = parts.flatMap((part) => oracle(part).values).sort((a, b) => b - a);
    const count = 40;
    for (const threads of [0, 3]) {
      const result = await leadingEigenpairs(graph, { count, seed: 1, method: 'iterative', threads });
      expect(result.status, result.reason).toBe('converged');
      expect(valueError(result, truth)).toBeLessThan(1e-6);
      expect(orthogonalityError(result, graph.nodes)).toBeLessThan(1e-4);
      residuals(graph, result).forEach((value, i) => {
        expect(value).toBeLessThan(1.1e-5);
        expect(Math.abs(value - result.residuals[i]!)).toBeLessThan(1e-6);
      });
      expect(result.following).toBeLessThanOrEqual(truth[count]! + 1e-6);
    }
  });

  it('of every awkward kind beside each other give the pairs of each', { timeout: 120_000 }, async () => {
    const edge = graphFromEdges({ nodes: 2, from: [0], to: [1] });
    const loop = graphFromEdges({ nodes: 1, from: [0], to: [0] });
    const star = graphFromEdges({ nodes: 6, from: [0, 0, 0, 0, 0], to: [1, 2, 3, 4, 5], weights: [1, 2, 3, 4, 5] });
    for (let seed = 0; seed < 60; seed++) {
      const parts = [
        ...[edge, loop, star, ring(3), ring(5), ring(20 + seed)].slice(seed % 6),
        ...Array.from({ length: 6 + (seed % 5) }, (_, i) => blockGraph(25 + 5 * i, 8, 1 + (i % 3), 0.9, seed + i)),
        ...Array.from({ length: 4 }, (_, i) => awkwardGraph(100 * seed + i, 6, 40)),
      ];
      const graph = union(parts);
      const truth = parts.flatMap((part) => oracle(part).values).sort((a, b) => b - a);
      const count = connectedComponents(graph).weighted + 1 + (seed % 20);
      const result = await leadingEigenpairs(graph, { count, seed, method: 'iterative' });
      expect(result.status, `${seed}: ${result.reason}`).toBe('converged');
      expect(valueError(result, truth), `${seed}`).toBeLessThan(1e-6);
      expect(Math.max(...residuals(graph, result)), `${seed}`).toBeLessThan(1.1e-5);
    }
  });

  it('are right where one of them holds all that is asked for', async () => {
    // A ring has many eigenvalues near 1, cos(2πj/n), each twice; the random graphs have none there.
    const n = 300;
    const graph = union([ring(n), ...Array.from({ length: 8 }, (_, i) => blockGraph(100, 16, 1, 1, i))]);
    const ones = connectedComponents(graph).weighted;
    const result = await leadingEigenpairs(graph, { count: ones + 30, seed: 1, method: 'iterative' });
    expect(result.status, result.reason).toBe('converged');
    for (let i = 0; i < 30; i++)
      expect(result.values[ones + i]).toBeCloseTo(Math.cos((2 * Math.PI * (1 + (i >> 1))) / n), 6);
  });
});

/** The graphs side by side, without edges between them. */
function union(parts: readonly CsrGraph[]): CsrGraph {
  const edges: { from: number[]; to: number[]; weights: number[] } = { from: [], to: [], weights: [] };
  let nodes = 0;
  for (const part of parts) {
    for (let i = 0; i < part.nodes; i++)
      for (let e = part.starts[i]!; e < part.starts[i + 1]!; e++) {
        if (part.columns[e]! > i) continue;
        edges.from.push(nodes + i);
        edges.to.push(nodes + part.columns[e]!);
        edges.weights.push(part.values[e]!);
      }
    nodes += part.nodes;
  }
  return graphFromEdges({ nodes, ...edges });
}

/** ‖Āx − λx‖ of each pair, in double precision in plain JavaScript. */
function residuals(graph: CsrGraph, { values, vectors, found }: Eigenpairs): number[] {
  const roots = degrees(graph).map((d) => (d > 0 ? 1 / Math.sqrt(d) : 0));
  const squares = new Float64Array(found);
  for (let x = 0; x < graph.nodes; x++) {
    const row = Float64Array.from(values, (value, i) => -value * vectors[x * found + i]!);
    for (let e = graph.starts[x]!; e < graph.starts[x + 1]!; e++) {
      const y = graph.columns[e]!;
      const weight = graph.values[e]! * roots[x]! * roots[y]!;
      for (let i = 0; i < found; i++) row[i]! += weight * vectors[y * found + i]!;
    }
    for (let i = 0; i < found; i++) squares[i]! += row[i]! ** 2;
  }
  return [...squares.map(Math.sqrt)];
}

describe('running', () => {
  it('gives the same result with and without threads, and the residuals that it reports', async () => {
    const graph = blockGraph(5000, 20, 8, 0.8, 1);
    const alone = await leadingEigenpairs(graph, { count: 10, seed: 1, threads: 0 });
    const together = await leadingEigenpairs(graph, { count: 10, seed: 1, threads: 3 });
    expect(alone.status).toBe('converged');
    alone.values.forEach((value, i) => expect(together.values[i]).toBeCloseTo(value, 7));
    residuals(graph, together).forEach((value, i) => {
      expect(value).toBeLessThan(1.1e-5);
      expect(Math.abs(value - together.residuals[i]!)).toBeLessThan(1e-6);
    });
    const again = await leadingEigenpairs(graph, { count: 10, seed: 1, threads: 0 });
    expect(again.vectors).toEqual(alone.vectors);
  });

  it('is honest about passes that did not suffice', async () => {
    const graph = blockGraph(3000, 6, 1, 1, 4);
    const result = await leadingEigenpairs(graph, { count: 20, seed: 1, method: 'iterative', passes: 2 });
    expect(result.status).toBe('not converged');
    expect(result.reason).toMatch(/passes/);
    expect(result.found).toBeLessThan(20);
    expect(result.resolution).toBe(Infinity);
  });

  it('reports progress and can be cancelled', async () => {
    const graph = blockGraph(20_000, 20, 1, 1, 4);
    const seen: number[] = [];
    const options = { count: 5, seed: 1, progress: (done: number) => seen.push(done) };
    await leadingEigenpairs(graph, options);
    expect(seen.at(-1)).toBe(5);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    const abort = new AbortController();
    const solving = leadingEigenpairs(graph, { ...options, signal: abort.signal, progress: () => abort.abort() });
    await expect(solving).rejects.toThrow(Cancelled);
    await expect(leadingEigenpairs(graph, { ...options, signal: AbortSignal.abort() })).rejects.toThrow(Cancelled);
  });
});

describe('bad input is refused with one sentence', () => {
  const refused = (edges: Parameters<typeof graphFromEdges>[0], form?: 'undirected' | 'symmetric') => {
    try {
      graphFromEdges(edges, form);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      return (error as UserError).message;
    }
    throw new Error('It was not refused.');
  };

  it('weights', () => {
    const edges = { nodes: 3, from: [0, 1], to: [1, 2] };
    expect(refused({ ...edges, weights: [1, -2] })).toContain('Edge 1 (1–2) has the weight -2');
    expect(refused({ ...edges, weights: [NaN, 1] })).toContain('NaN');
    expect(refused({ ...edges, weights: [1, Infinity] })).toContain('Infinity');
    expect(refused({ ...edges, weights: [1] })).toContain('1 weights');
  });

  it('ends of edges', () => {
    expect(refused({ nodes: 3, from: [0], to: [3] })).toContain('0 to 2');
    expect(refused({ nodes: 3, from: [0.5], to: [1] })).toContain('0.5');
    expect(refused({ nodes: 3, from: [0, 1], to: [1] })).toContain('2 starts, 1 ends');
  });

  it('asymmetric lists', () => {
    const weights = [1, 2, 1, 2];
    const fine = { nodes: 3, from: [0, 0, 1, 2], to: [1, 2, 0, 0], weights };
    expect(graphFromEdges(fine, 'symmetric').columns.length).toBe(4);
    expect(refused({ ...fine, weights: [1, 2, 1, 3] }, 'symmetric')).toContain('0→2 has weight 2 and 2→0 has 3');
    expect(refused({ nodes: 3, from: [0], to: [1] }, 'symmetric')).toContain('1→0 has 0');
    expect(refused({ nodes: 3, from: [1], to: [0] }, 'symmetric')).toContain('0→1 has 0');
  });

  it('more eigenvectors than nodes', async () => {
    const graph = ring(5);
    await expect(leadingEigenpairs(graph, { count: 6, seed: 0 })).rejects.toThrow('ask for 1 to 5');
    await expect(leadingEigenpairs(graph, { count: 0, seed: 0 })).rejects.toThrow(UserError);
    await expect(leadingEigenpairs(graph, { count: NaN, seed: 0 })).rejects.toThrow(UserError);
    await expect(leadingEigenpairs(ring(7000), { count: 6990, seed: 0 })).rejects.toThrow('nearly all');
  });
});
