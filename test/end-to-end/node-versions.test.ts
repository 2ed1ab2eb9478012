import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateExample } from '../../engine/example/generate';
import { listRuns, readResults } from '../../engine/run/directory';
import { temporaryFolder } from '../run/support/process';
import { bundleEngine } from '../support/engine-bundle';
import { hasLaterNodes, laterNode } from '../support/node-version';

const study = `{
  "name": "Tiny",
  "data": { "folder": "images", "source": "photo", "target": "sketch", "image": { "size": 16 } },
  "device": "cpu",
  "encoder": { "architecture": "convnet", "width": 4, "features": 16 },
  "pretrain": { "epochs": 2, "batchSize": 32, "projection": { "hidden": 16, "output": 8 } },
  "spectrum": { "eigenvectors": 6 },
  "probe": { "regularization": { "count": 5 } }
}`;

const home = temporaryFolder();
let engine: Awaited<ReturnType<typeof bundleEngine>>;

async function figuresOn(node: string, name: string): Promise<unknown> {
  const workspace = join(home.path, name);
  mkdirSync(workspace);
  await generateExample(workspace, { seed: 1, perCell: 24, classes: ['clock', 'tree'] });
  const file = join(workspace, 'tiny.eigenprobe.json');
  writeFileSync(file, study);
  execFileSync(node, [engine.program, 'run', file], { stdio: 'pipe' });
  const [newest] = await listRuns(workspace);
  return (await readResults(newest!.directory))!.figures;
}

// Where the registry has no Node for this machine the versions that users have are not to be had either.
describe.skipIf(!hasLaterNodes)('the engine on later versions of Node', { timeout: 300_000 }, () => {
  let expected: unknown;

  beforeAll(async () => {
    engine = await bundleEngine('node-versions');
    expected = await figuresOn(process.execPath, 'this');
  }, 120_000);
  afterAll(() => {
    engine.remove();
    home.remove();
  });

  it.each([22, 24] as const)('Node %i gives the same figures', async (version) => {
    expect(await figuresOn(laterNode(version), `node-${version}`)).toEqual(expected);
  });
});
