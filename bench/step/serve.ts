import { createInterface } from 'node:readline';
import { openDevice } from '../../engine/compute';
import type { HostArray, Program } from '../../engine/compute/device';
import { stream } from '../../engine/data/random';
import { convnet, frozenEncoder, mlp, resnet18, resnet20, trainingStep } from './networks';
import type { Order } from './peer';

const networks = [resnet18, resnet20, mlp, convnet];

/** The engine's side of the measurement: the same orders as reference.py. */
export async function serve(deviceName: 'cpu' | 'webgpu' | 'cuda' | 'tensorflow' | 'wasm'): Promise<void> {
  const device = deviceName === 'wasm' ? (await import('./wasm')).openWasmDevice() : await openDevice(deviceName);
  let prepared: { program: Program; x: HostArray } | undefined;
  let compileMs = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line) as Order | { threads: number } | { memory: true } | { compile: true };
    const say = (answer: unknown): boolean => process.stdout.write(`${JSON.stringify(answer)}\n`);
    if ('threads' in order) say({ version: device.detail });
    else if ('memory' in order) say({ mb: process.resourceUsage().maxRSS / 1024 });
    else if ('compile' in order) say({ ms: compileMs });
    else {
      if (!prepared) {
        const network = networks.find(({ name }) => name === order.network)!;
        const made = { ...network, pairs: order.pairs };
        const definition = order.mode === 'train' ? trainingStep(made) : frozenEncoder(made);
        const { shape } = definition.batch['x']!;
        const random = stream(0, 'bench', 'x');
        const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
        const begin = performance.now();
        prepared = { program: await device.compile(definition), x: { data, shape } };
        compileMs = performance.now() - begin;
      }
      const ms: number[] = [];
      for (let step = 0; step < order.steps; step++) {
        const begin = performance.now();
        await prepared.program.run({ x: prepared.x });
        ms.push(performance.now() - begin);
      }
      say({ ms });
    }
  }
}
