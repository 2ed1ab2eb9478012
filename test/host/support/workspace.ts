import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { stream } from '../../../engine/data/random';

export const studyName = 'shapes.eigenprobe.json';
export const domains = ['sketch', 'photo'] as const;
export const classes = ['disc', 'square', 'bars'] as const;
const side = 16;

/** The study that the tests run: the data stage alone, so that a run takes a second. */
export const studyText = `// Two domains, three classes.
{
  "name": "Shapes",
  "seed": 3,
  "data": {
    "folder": "images",
    "source": "sketch",
    "target": "photo"
  },
  "encoder": {
    "architecture": "convnet",
    "width": 4,
    "features": 16
  }
}
`;

/** A study of every stage, so small that a run takes seconds. */
export const richText = `{
  "name": "Rich",
  "seed": 3,
  "data": { "folder": "images", "source": "sketch", "target": "photo" },
  "encoder": { "architecture": "convnet", "width": 8, "features": 32 },
  "pretrain": {
    "epochs": 8,
    "batchSize": 16,
    "projection": { "hidden": 32, "output": 16 }
  },
  "spectrum": {},
  "probe": {},
  "transfer": {},
  "finetune": {
    "learningRates": [0.01],
    "epochs": 2
  }
}
`;

/** Writes a workspace with images of three classes in two domains and a study of them. Returns its path. */
export async function writeWorkspace(perCell = 12): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eigenprobe-workspace-'));
  for (const [d, domain] of domains.entries())
    for (const [c, name] of classes.entries()) {
      const cell = join(folder, 'images', domain, name);
      await mkdir(cell, { recursive: true });
      for (let i = 0; i < perCell; i++)
        await writeFile(join(cell, `${String(i).padStart(3, '0')}.png`), await picture(d, c, i));
    }
  await writeFile(join(folder, studyName), studyText);
  return folder;
}

function picture(domain: number, shape: number, index: number): Promise<Buffer> {
  const random = stream(5, 'picture', domain, shape, index);
  const pixels = new Uint8Array(side * side * 3);
  const [x0, y0] = [side / 2 + random.uniform(-2, 2), side / 2 + random.uniform(-2, 2)];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [dx, dy] = [Math.abs(x - x0), Math.abs(y - y0)];
      const inside = [Math.hypot(dx, dy) < 5, Math.max(dx, dy) < 4, (x + index) % 4 < 2 && dy < 5][shape];
      const colour = domain === 0 ? [30, 30, 30] : [200 - 40 * shape, 90 + 20 * shape, 60];
      const ground = domain === 0 ? [245, 245, 245] : [120, 160 + y, 200];
      pixels.set(inside ? colour : ground, 3 * (y * side + x));
    }
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}
