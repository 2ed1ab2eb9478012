import type { DocumentPath } from './source-text';

/**
 * The steps of a field's path as a person writes it: `pretrain.optimizer.learningRate`, `finetune.methods[0]`,
 * `data.domains["a.b"].path`. Undefined where the text is no path.
 */
export function parseFieldPath(text: string): DocumentPath | undefined {
  const steps: (string | number)[] = [];
  const token = /(?:(^|\.)([^.[\]"]+))|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) return undefined;
    const [, lead, name, index, quoted] = match;
    if (name !== undefined) {
      if ((lead === '') !== (steps.length === 0)) return undefined;
      steps.push(name.trim());
    } else if (steps.length === 0) return undefined;
    else if (index !== undefined) steps.push(Number(index));
    else {
      try {
        steps.push(JSON.parse(quoted!) as string);
      } catch {
        return undefined;
      }
    }
  }
  return steps.length > 0 && steps.every((step) => step !== '') ? steps : undefined;
}

/** The value at a path; undefined where there is none. */
export function valueAt(value: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>((holder, step) => {
    if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, step)) return undefined;
    return (holder as Record<string | number, unknown>)[step];
  }, value);
}

/**
 * A copy of a document with another value at a path; what the path does not touch is shared with the original.
 * Objects on the way are made where they are missing; null as the value leaves the member out.
 */
export function withValueAt(document: unknown, path: DocumentPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(document)) {
    const copy = [...(document as unknown[])];
    copy[Number(step)] = withValueAt(copy[Number(step)], rest, value);
    return copy;
  }
  const holder = typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : {};
  const copy = { ...holder };
  // A member by this name would otherwise be the prototype.
  if (step === '__proto__') return copy;
  if (rest.length === 0 && value === null) delete copy[step];
  else copy[step] = withValueAt(Object.hasOwn(holder, step) ? holder[step] : undefined, rest, value);
  return copy;
}
