import { dirname, resolve } from 'node:path';
import { UserError } from '../errors';
import { importModel } from '../model/import';
import type { StudyProblem } from '../study/parse';
import { createPathResolver } from '../study/paths';
import { isImported, type Study } from '../study/schema';
import { parseJsonSource, parseYamlSource, positionOf } from '../study/source-text';

/** What depends on the samples, which are not read here: the run says it. */
const ofSamples = new Set(['import-samples', 'import-channels', 'import-run']);

/** What is wrong with the model that a study brings, at its place in the study's text. */
export async function modelProblems(
  { encoder, data }: Study,
  text: string,
  file: string,
  workspaceRoot: string,
): Promise<StudyProblem[]> {
  if (!isImported(encoder)) return [];
  const resolvePath = createPathResolver({ studyFolder: dirname(resolve(file)), workspaceRoot });
  const side = encoder.imageSize ?? data.image.size ?? 224;
  try {
    await importModel(resolvePath(encoder.import), { inputShape: [side, side, 3], ...encoder });
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (ofSamples.has(error.code)) return [];
    const source = /\.ya?ml$/i.test(file) ? parseYamlSource(text) : parseJsonSource(text);
    const path = ['encoder', error.code === 'import-layer' ? 'layer' : 'import'];
    const range = source.locate(path, 'value') ?? { offset: 0, length: 1 };
    return [{ message: error.message, file, ...positionOf(text, range.offset), length: range.length, path }];
  }
}
