import type { RunView } from '../../engine/report/payload';
import { textIn } from '../shell/view';

/** Of the methods compared the study's own, which is shown first; the last where none is. */
export function ownMethod({ study }: RunView, methods: readonly string[]): string | undefined {
  const own = [textIn(study, 'pretrain', 'objective'), 'imported', 'encoder'];
  return methods.find((method) => own.includes(method)) ?? methods.at(-1);
}
