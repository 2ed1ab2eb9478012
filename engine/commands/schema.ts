import { studyJsonSchema } from '../study/json-schema';
import { printJson } from './output';

/** `eigenprobe schema`: the JSON Schema of study files. */
export function schema(): void {
  printJson(studyJsonSchema());
}
