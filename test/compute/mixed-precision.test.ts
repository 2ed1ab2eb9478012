import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openDevice } from '../../engine/compute';
import { probeDefinition } from '../../engine/compute/probe-step';
import { normal } from './parity';

/** Mesa's software GPU, which has float16 from version 24 on; Debian 12 has that in its backports. */
const lavapipe = '/usr/share/vulkan/icd.d/lvp_icd.json';

// In a file of its own: a process has one Vulkan driver in its life.
it.skipIf(!existsSync(lavapipe))(
  'mixed precision trains as float32 does, to what float16 rounds',
  async () => {
    for (const variable of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) process.env[variable] = lavapipe;
    const device = await openDevice('webgpu', 'mixed');
    expect(device.precision).toBe('mixed');
    expect(device.detail).toMatch(/a software renderer.*, mixed precision$/);
    const definition = probeDefinition(8, 8);
    const mixed = await device.compile({ ...definition, mixed: true });
    const single = await device.compile(definition);
    const curves: [number, number][] = [];
    for (let step = 0; step < 8; step++) {
      const batch = { x: normal([8, 8, 8, 3], step) };
      const [a, b] = [await mixed.run(batch), await single.run(batch)];
      curves.push([a['loss']!.data[0]!, b['loss']!.data[0]!]);
    }
    await mixed.dispose();
    await single.dispose();
    for (const [a, b] of curves) expect(Math.abs(a - b)).toBeLessThan(1e-3 + 1e-2 * b);
    // It would be the same program otherwise.
    expect(curves.some(([a, b]) => a !== b)).toBe(true);
    expect(curves.at(-1)![0]).toBeLessThan(0.2 * curves[0]![0]);
  },
  120_000,
);
