import { crossCheck } from './cross-checks';
import { valueAt, withValueAt } from './field-path';
import { studySchema, type Study } from './schema';
import { describeIssue, type Finding } from './sentences';
import type { DocumentPath } from './source-text';
import { sweepAxes, type Setting, type SweepAxis } from './sweep-axes';

export interface SweepRow {
  readonly settings: readonly Setting[];
  /** With every default filled in and without `sweep`; undefined where there are findings. */
  readonly study?: Study;
  /** Placed where the sweep sets what is wrong. */
  readonly findings: readonly Finding[];
}

type BlockName = Exclude<keyof Study, 'sweep'>;
type Parsed = { value: unknown } | { findings: readonly Finding[] };

/**
 * The rows of a study's sweep: every combination of its axes, the last axis changing fastest. A block of the study
 * is parsed once for each combination of the settings that touch it, and rows share the parsed blocks.
 */
export class SweepRows {
  readonly axes: readonly SweepAxis[];
  /** What is wrong with the sweep's axes; then there are no rows. */
  readonly findings: readonly Finding[];
  readonly count: number;
  private readonly blocks = Object.keys(studySchema.shape).filter((name): name is BlockName => name !== 'sweep');
  /** Blocks that the sweep touches, each with the axes that do and what was parsed so far. */
  private readonly touched: { block: BlockName; axes: number[]; parsed: Map<string, Parsed> }[];
  private readonly base: Study;

  /**
   * @param document the study as it was written
   * @param study the same, parsed; its `sweep` is the one expanded
   */
  constructor(
    private readonly document: unknown,
    study: Study,
  ) {
    const { sweep, ...base } = study;
    this.base = base;
    const { axes, findings } = sweep ? sweepAxes(sweep) : { axes: [], findings: [] };
    this.axes = axes;
    this.findings = [...findings, ...this.unknownBlocks()];
    this.count = this.findings.length > 0 ? 0 : axes.reduce((product, { choices }) => product * choices.length, 1);
    this.touched = this.blocks.flatMap((block) => {
      const own = axes.flatMap(({ choices }, i) =>
        choices.some((c) => c.some((s) => s.path[0] === block)) ? [i] : [],
      );
      return own.length > 0 ? [{ block, axes: own, parsed: new Map<string, Parsed>() }] : [];
    });
  }

  /** Index of each axis's choice in a row. */
  choicesOf(index: number): number[] {
    const choices = new Array<number>(this.axes.length);
    let rest = index;
    for (let axis = this.axes.length - 1; axis >= 0; axis--) {
      const { length } = this.axes[axis]!.choices;
      choices[axis] = rest % length;
      rest = Math.floor(rest / length);
    }
    return choices;
  }

  settingsOf(index: number): Setting[] {
    return this.choicesOf(index).flatMap((choice, axis) => this.axes[axis]!.choices[choice]!);
  }

  row(index: number): SweepRow {
    const choices = this.choicesOf(index);
    const settings = choices.flatMap((choice, axis) => this.axes[axis]!.choices[choice]!);
    const study: Record<string, unknown> = { ...this.base };
    const findings: Finding[] = [];
    for (const { block, axes, parsed } of this.touched) {
      const key = axes.map((axis) => choices[axis]).join();
      let found = parsed.get(key);
      if (!found) {
        found = this.parse(block, settings);
        parsed.set(key, found);
      }
      if ('findings' in found) findings.push(...found.findings);
      else if (found.value === undefined) delete study[block];
      else study[block] = found.value;
    }
    if (findings.length > 0) return { settings, findings };
    const wrong = crossCheck(study as Study);
    if (wrong.length === 0) return { settings, study: study as Study, findings };
    return { settings, findings: wrong.map((finding) => placed(finding, settings, describeRow(settings))) };
  }

  /** The document of one row, as it would have been written by hand. */
  documentOf(settings: readonly Setting[]): unknown {
    const whole = settings.reduce((document, { path, value }) => withValueAt(document, path, value), this.document);
    const { sweep: _, ...rest } = whole as Record<string, unknown>;
    return rest;
  }

  private parse(block: BlockName, settings: readonly Setting[]): Parsed {
    const own = settings.filter(({ path }) => path[0] === block);
    const document = own.reduce((whole, { path, value }) => withValueAt(whole, path, value), this.document);
    const result = studySchema.shape[block].safeParse(valueAt(document, [block]));
    if (result.success) return { value: result.data };
    const findings = result.error.issues.flatMap((issue) =>
      describeIssue({ ...issue, path: [block, ...issue.path] }, document),
    );
    return { findings: findings.map((finding) => placed(finding, own, '')) };
  }

  private unknownBlocks(): Finding[] {
    const wrong = this.axes
      .flatMap(({ choices }) => choices.flat())
      .filter(({ path }) => !this.blocks.includes(path[0] as BlockName));
    return [...new Map(wrong.map((setting) => [setting.field, setting])).values()].map(({ field, path, where }) => {
      const document = { [String(path[0])]: 0 };
      const [finding] = describeIssue(
        { code: 'unrecognized_keys', keys: [String(path[0])], path: [], message: '' },
        document,
      );
      return { path: where, part: 'value', message: `"${field}" is no field: ${finding!.message}` };
    });
  }
}

/** `seed = 3, pretrain.epochs = 10`. */
export function describeRow(settings: readonly Pick<Setting, 'field' | 'value'>[]): string {
  return settings.map(({ field, value }) => `${field} = ${shown(value)}`).join(', ');
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Moves a finding to the setting that is to blame: the one whose field it is about, else one of the same block. */
function placed(finding: Finding, settings: readonly Setting[], row: string): Finding {
  const within = (a: DocumentPath, b: DocumentPath): boolean => a.every((step, i) => String(step) === String(b[i]));
  const own =
    settings.find(({ path }) => path.length <= finding.path.length && within(path, finding.path)) ??
    settings.find(({ path }) => path.length > finding.path.length && within(finding.path, path)) ??
    settings.find(({ path }) => path[0] === finding.path[0]);
  const message = row === '' ? finding.message : `With ${row}: ${finding.message}`;
  if (!own) return { path: ['sweep'], part: 'key', message };
  const inside = finding.path.slice(own.path.length);
  return { path: [...own.where, ...(within(own.path, finding.path) ? inside : [])], part: finding.part, message };
}

/** So many rows are checked as one types; planning checks all of them. */
const checkedWhileTyping = 5000;

/** What is wrong with a study's sweep: its axes, and rows that are no valid studies. Each sentence comes once. */
export function checkSweep(document: unknown, study: Study, most = checkedWhileTyping): Finding[] {
  if (!study.sweep) return [];
  const rows = new SweepRows(document, study);
  const found = new Map<string, Finding>();
  for (const finding of rows.findings) found.set(JSON.stringify([finding.path, finding.message]), finding);
  // Every block is parsed in all its combinations by few rows; a stride sees the rest evenly.
  const stride = Math.max(1, Math.ceil(rows.count / most));
  for (let i = 0; i < rows.count && found.size < 20; i += stride) {
    for (const finding of rows.row(i).findings) found.set(JSON.stringify([finding.path, finding.message]), finding);
  }
  for (let axis = 0, step = rows.count; axis < rows.axes.length && rows.count > most; axis++) {
    const { length } = rows.axes[axis]!.choices;
    step /= length;
    for (let choice = 0; choice < length && found.size < 20; choice += Math.ceil(length / most)) {
      for (const finding of rows.row(choice * step).findings)
        found.set(JSON.stringify([finding.path, finding.message]), finding);
    }
  }
  return [...found.values()];
}
