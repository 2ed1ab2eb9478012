/** A problem in a study as `eigenprobe check --json` says it. Lines and columns count from one. */
export interface StudyProblem {
  message: string;
  line: number;
  column: number;
  length: number;
}

/** Reads the answer of `eigenprobe check --json`. Throws with the engine's own sentence where it could not check. */
export function readProblems(stdout: string, stderr: string): StudyProblem[] {
  const answer = parse(stdout);
  if (isObject(answer) && Array.isArray(answer.problems)) return answer.problems.filter(isProblem);
  const message = isObject(answer) && typeof answer.message === 'string' ? answer.message : firstLine(stderr);
  throw new Error(message === '' ? 'The engine gave no answer.' : message);
}

/** Where a problem lies, counted from zero; the end is on the same line. */
export function rangeOf({ line, column, length }: StudyProblem): { line: number; start: number; end: number } {
  const start = Math.max(0, column - 1);
  return { line: Math.max(0, line - 1), start, end: start + Math.max(1, length) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is StudyProblem {
  return (
    isObject(value) &&
    typeof value.message === 'string' &&
    [value.line, value.column, value.length].every((number) => typeof number === 'number' && Number.isFinite(number))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
