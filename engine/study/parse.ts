import { readFile } from 'node:fs/promises';
import { UserError } from '../errors';
import { crossCheck } from './cross-checks';
import { studySchema, type Study } from './schema';
import { describeIssue, type Finding } from './sentences';
import { checkSweep } from './sweep-rows';
import {
  parseJsonSource,
  parseYamlSource,
  positionOf,
  type DocumentPath,
  type SourceDocument,
  type TextRange,
} from './source-text';

/** Something wrong in a study file, and where. */
export interface StudyProblem {
  /** One sentence for the user. */
  readonly message: string;
  readonly file: string;
  /** One-based, as editors show them. */
  readonly line: number;
  readonly column: number;
  /** Characters to underline, from there. */
  readonly length: number;
  /** Keys and indices from the root; empty for syntax errors. */
  readonly path: DocumentPath;
}

export interface ParsedStudy {
  /** With every default filled in; undefined where there are errors. */
  readonly study?: Study;
  /** The value as it was written. */
  readonly document?: unknown;
  /** In the order of the text. */
  readonly errors: readonly StudyProblem[];
}

/** True for the names that study files have. */
export function isStudyFile(file: string): boolean {
  return /\.eigenprobe\.(json|ya?ml)$/i.test(file);
}

/**
 * Reads the text of a study: YAML where the file's name ends in .yaml or .yml, else JSON with comments and
 * trailing commas. Never throws: what is wrong comes back as `errors`.
 */
export function parseStudy(text: string, file: string): ParsedStudy {
  const source = /\.ya?ml$/i.test(file) ? parseYamlSource(text) : parseJsonSource(text);
  const problem = (range: TextRange, path: DocumentPath, message: string): StudyProblem => {
    // What is missing at the end of the text is shown on its last character that can be seen.
    const offset = Math.min(range.offset, Math.max(0, text.trimEnd().length - 1));
    return { message, file, ...positionOf(text, offset), length: Math.max(1, range.length), path };
  };
  if (source.syntaxErrors.length > 0) {
    return { errors: sorted(source.syntaxErrors.map((error) => problem(error, [], error.message))) };
  }
  const checked = studySchema.safeParse(source.value);
  const findings = checked.success
    ? [...crossCheck(checked.data), ...checkSweep(source.value, checked.data)]
    : checked.error.issues.flatMap((issue) => describeIssue(issue, source.value));
  const errors = sorted(findings.map((finding) => problem(rangeOf(source, finding), finding.path, finding.message)));
  return checked.success && errors.length === 0 ? { study: checked.data, document: source.value, errors } : { errors };
}

/** Like `parseStudy`, but throws one UserError that lists everything that is wrong. */
export function parseStudyOrThrow(text: string, file: string): Study {
  const { study, errors } = parseStudy(text, file);
  if (study) return study;
  const first = errors[0]!;
  const message =
    errors.length === 1
      ? first.message
      : `${errors.length} problems in this study:\n${errors
          .map(({ line, column, message }) => `  ${file}:${line}:${column}: ${message}`)
          .join('\n')}`;
  throw new UserError('study-invalid', message, { file, line: first.line, column: first.column });
}

/** Reads and checks a study file. Throws UserError where it cannot be read or is wrong. */
export async function readStudy(file: string): Promise<Study> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new UserError('study-missing', `There is no study file ${file}; check the path.`);
    if (code === 'EISDIR') throw new UserError('study-missing', `${file} is a folder; name the study file in it.`);
    throw error;
  }
  return parseStudyOrThrow(text, file);
}

/** The member itself; for one that is missing, the key of the nearest that is there. */
function rangeOf(source: SourceDocument, { path, part }: Finding): TextRange {
  const own = source.locate(path, part);
  if (own) return own;
  for (let length = path.length - 1; length > 0; length--) {
    const holder = source.locate(path.slice(0, length), 'key');
    if (holder) return holder;
  }
  return { offset: source.locate([], 'value')?.offset ?? 0, length: 1 };
}

function sorted(problems: StudyProblem[]): StudyProblem[] {
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}
