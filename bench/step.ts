import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { convnet, mlp, type Network, resnet18, resnet20 } from './step/networks';
import { median, type Order, Peer } from './step/peer';
import { mixedPrecision } from './step/precision';
import { serve } from './step/serve';
import type { BenchFigure, BenchFlags, BenchResult } from './support/contract';

const here = fileURLToPath(import.meta.url);
const root = process.cwd();
type DeviceName = Parameters<typeof serve>[0];

// The bundle is also the program of the engine's own process: `node step.mjs serve <device>`.
if (process.argv[1] === here && process.argv[2] === 'serve') {
  await serve((process.argv[3] ?? 'cpu') as DeviceName);
  process.exit();
}

interface Case {
  readonly network: Network;
  readonly mode: Order['mode'];
  /** Steps that each process runs before the next one's turn. */
  readonly steps: number;
  /** Engine's images a second over those of PyTorch's best variant. */
  readonly target?: number;
  /** Engine's images a second over those of TensorFlow.js on WebAssembly, where that is measured too. */
  readonly overWasm?: number;
}

const cases: readonly Case[] = [
  { network: resnet18, mode: 'train', steps: 1, target: 0.9, overWasm: 5 },
  { network: resnet18, mode: 'eval', steps: 2, target: 1.2 },
  { network: resnet20, mode: 'train', steps: 3, overWasm: 5 },
  { network: mlp, mode: 'train', steps: 20, target: 1, overWasm: 5 },
  { network: convnet, mode: 'train', steps: 1 },
];

/**
 * Training steps (both views, spectral contrastive loss, SGD with momentum) and feature extraction against PyTorch
 * with the same networks. Each runs in a process of its own and they take turns, so that a noisy machine is noisy for
 * all; PyTorch is given both layouts, and its better one counts. Beside them TensorFlow.js's WebAssembly backend, and
 * the losses of mixed precision beside those of float32 on a GPU (or a software GPU) that has float16.
 * Flags: --rounds 7, --only resnet-18 (a part of a case's name; "mixed precision"), --device cpu.
 */
export async function run(flags: BenchFlags): Promise<BenchResult> {
  const python = process.env['PYTHON'] ?? '/usr/bin/python3';
  if (process.env['PYTHON'] === undefined) await installTorch();
  const rounds = Number(flags['rounds'] ?? 7);
  const only = typeof flags['only'] === 'string' ? flags['only'].toLowerCase() : '';
  const device = typeof flags['device'] === 'string' ? flags['device'] : 'cpu';
  const figures: BenchFigure[] = [];
  for (const item of cases) {
    const name = `${item.network.name} ${item.mode === 'train' ? 'training' : 'features, frozen'}`;
    if (!name.toLowerCase().includes(only)) continue;
    figures.push(...(await measure(name, item, { python, rounds, device })));
  }
  if ('mixed precision'.includes(only)) figures.push(...(await mixedPrecision()));
  return { figures };
}

async function installTorch(): Promise<void> {
  const module = pathToFileURL(resolve(root, 'scripts/support/debian.mjs')).href;
  const { ensureDebianPackages } = (await import(module)) as {
    ensureDebianPackages(names: readonly string[], why: string): Promise<void>;
  };
  await ensureDebianPackages(['python3-torch'], 'the benchmark "step"');
}

async function measure(
  name: string,
  { network, mode, steps, target, overWasm }: Case,
  { python, rounds, device }: { python: string; rounds: number; device: string },
): Promise<BenchFigure[]> {
  const reference = resolve(root, 'bench/step/reference.py');
  const convolutional = network.image.length === 3;
  const layouts = convolutional ? (['nchw', 'channels_last'] as const) : (['nchw'] as const);
  const engine = new Peer('the engine', process.execPath, [here, 'serve', device]);
  const torches = layouts.map((layout) => ({ layout, peer: new Peer(`PyTorch (${layout})`, python, [reference]) }));
  const all = [{ layout: 'nchw' as const, peer: engine }, ...torches];
  try {
    const versions: string[] = [];
    for (const { peer } of all) versions.push(await peer.threads(availableParallelism()));
    const order = (layout: Order['layout'], count: number): Order => ({
      network: network.name,
      layout,
      mode,
      pairs: network.pairs,
      steps: count,
    });
    const times = all.map((): number[] => []);
    for (const { layout, peer } of all) await peer.run(order(layout, 2));
    for (let round = 0; round < rounds; round++) {
      for (const [i, { layout, peer }] of all.entries()) times[i]!.push(...(await peer.run(order(layout, steps))));
    }
    const wasm = overWasm === undefined ? [] : await besideWasm(name, overWasm, engine, order('nchw', 1));
    const images = 2 * network.pairs;
    const perSecond = times.map((ms) => (1000 * images) / median(ms));
    const memory: number[] = [];
    for (const { peer } of all) memory.push(await peer.memory());
    const best = Math.max(...perSecond.slice(1));
    const torch = `PyTorch ${versions[1]!}`;
    return [
      { name: `${name}: ratio to the best ${torch}`, value: perSecond[0]! / best, unit: '×', target, better: 'higher' },
      { name: `${name}: engine (${versions[0]!})`, value: perSecond[0]!, unit: 'images/s', better: 'higher' },
      ...torches.map(({ layout }, i): BenchFigure => ({
        name: `${name}: ${torch}, ${layout}`,
        value: perSecond[i + 1]!,
        unit: 'images/s',
        better: 'higher',
      })),
      ...wasm,
      {
        name: `${name}: peak memory over PyTorch's`,
        value: memory[0]! / Math.min(...memory.slice(1)),
        unit: '×',
        ...(mode === 'train' && network === resnet18 ? { target: 1.5 } : {}),
        better: 'lower',
      },
      { name: `${name}: peak memory, engine`, value: memory[0]!, unit: 'MB', better: 'lower' },
      {
        name: `${name}: compile`,
        value: await engine.compileMs(),
        unit: 'ms',
        ...(mode === 'train' && network === resnet18 ? { target: 500 } : {}),
        better: 'lower',
      },
    ];
  } finally {
    for (const { peer } of all) peer.end();
  }
}

/** Single steps in turn, after one of each that is not counted: WebAssembly takes seconds for one. */
async function besideWasm(name: string, target: number, engine: Peer, order: Order): Promise<BenchFigure[]> {
  const wasm = new Peer('tfjs-wasm', process.execPath, [here, 'serve', 'wasm']);
  try {
    const times = [engine, wasm].map((peer) => ({ peer, ms: [] as number[] }));
    for (let round = 0; round < 4; round++)
      for (const { peer, ms } of times) {
        const [step] = await peer.run(order);
        if (round > 0) ms.push(step!);
      }
    const [own, theirs] = times.map(({ ms }) => median(ms)) as [number, number];
    return [{ name: `${name}: ratio to tfjs-wasm`, value: theirs / own, unit: '×', target, better: 'higher' }];
  } finally {
    wasm.end();
  }
}
