import { join } from 'node:path';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import type { Dataset } from '../../engine/data/dataset';
import { writeDataset } from '../../engine/data/stored-dataset';
import { readResults, runsFolder } from '../../engine/run/directory';
import { executeRun } from '../../engine/run/execute';
import type { Results } from '../../engine/run/format';
import type { Stage } from '../../engine/run/stage';
import { stagesOf } from '../../engine/stages/index';
import type { Study } from '../../engine/study/schema';

/** Runs a study in the workspace on the given dataset instead of the data that it names. */
export async function runOn(
  workspace: string,
  dataset: Dataset,
  study: Study,
): Promise<{ stages: string; results: Results }> {
  const data: Stage = {
    ...{ name: 'data', computes: false, inputs: () => [], part: () => workspace, wanted: () => true },
    async run({ folder }) {
      await writeDataset(folder, dataset);
      return { figures: [], details: {} };
    },
  };
  const record = await executeRun(join(workspace, 'x.eigenprobe.json'), study, {
    workspace,
    stages: [data, ...stagesOf(study).filter((stage) => stage.name !== 'data')],
    openDevice: () => Promise.resolve(openOnnxDevice()),
  });
  const directory = join(runsFolder(workspace), record.id);
  return { stages: join(directory, 'stages'), results: (await readResults(directory))! };
}
