import { basename, relative, resolve } from 'node:path';
import { UserError } from '../errors';
import { computedOn } from '../run/cache';
import { hashJson, sha256 } from '../run/hash';
import type { StageName } from '../run/format';
import type { Stage } from '../run/stage';
import { engineVersion } from '../run/version';
import type { Study } from '../study/schema';
import { SweepRows } from '../study/sweep-rows';
import { sweepFormatVersion, type PlannedRow, type SharedTask, type SweepHeader } from './format';
import { shareStages } from './share';
import { StageTable } from './stage-table';

export interface SweepPlan {
  readonly header: SweepHeader;
  readonly rows: readonly PlannedRow[];
  readonly shared: readonly SharedTask[];
  /** Each stage's results: how often they are read, and their keys. */
  readonly stages: readonly { readonly stage: StageName; readonly uses: number; readonly keys: readonly string[] }[];
}

export interface PlanRequest {
  readonly studyPath: string;
  readonly workspace: string;
  /** The study as it was written, and parsed. */
  readonly document: unknown;
  readonly study: Study;
  /** Every stage that a row may run. */
  readonly stagesOf: (study: Study) => readonly Stage[];
  readonly resolvePath: (path: string) => string;
  /** What the device that a row asks for is computed on. */
  readonly deviceOf: (wanted: Study['device']) => Study['device'];
}

/**
 * Plans a sweep: the stage keys of every row, what rows share, and who waits for whom. Nothing is computed, and the
 * plan of the same study, data, device and engine is the same. Throws UserError where a row is no valid study.
 */
export async function planSweep(request: PlanRequest): Promise<SweepPlan> {
  const { study, document, workspace, studyPath } = request;
  if (!study.sweep) {
    throw new UserError(
      'no-sweep',
      'The study has no "sweep"; add one, e.g. "sweep": { "grid": { "seed": [0, 1, 2] } }.',
      { file: studyPath },
    );
  }
  const rows = new SweepRows(document, study);
  const table = new StageTable(request.stagesOf, request.resolvePath);
  const devices = new Set<string>();
  const tasks: { row: number; entries: number[] }[] = [];
  const taskOfRow = new Int32Array(rows.count);
  const byEntries = new Map<string, number>();
  const uses = new Map<StageName, number>();
  for (let index = 0; index < rows.count; index++) {
    const { study: row, findings } = rows.row(index);
    if (!row) throw new UserError('study-invalid', findings[0]!.message, { file: studyPath });
    const device = request.deviceOf(row.device);
    devices.add(device);
    const entries = await table.add(row, computedOn(device, row));
    const key = entries.join();
    let task = byEntries.get(key);
    if (task === undefined) {
      task = tasks.push({ row: index, entries }) - 1;
      byEntries.set(key, task);
    }
    taskOfRow[index] = task;
  }
  for (const { entries } of tasks) {
    for (const entry of entries) {
      const { stage } = table.entries[entry]!;
      uses.set(stage, (uses.get(stage) ?? 0) + 1);
    }
  }

  const { shared, needs } = shareStages({ entries: table.entries, tasks });
  const names = tasks.map(({ entries }) => rowTask(entries.map((entry) => table.entries[entry]!)));
  const planned = Array.from(taskOfRow, (task, row) => ({ row, task: names[task]!, needs: [...needs[task]!] }));
  const axes = rows.axes.map(({ name, choices }) => ({ name, choices: choices.length }));
  const name = basename(studyPath).replace(/\.eigenprobe\.(json|ya?ml)$/i, '');
  const identity = hashJson({ study: relative(workspace, resolve(studyPath)), axes, tasks: names });
  return {
    header: {
      version: sweepFormatVersion,
      id: `${name.replace(/[^\w.-]+/g, '-').slice(0, 40)}-${identity.slice(0, 8)}`,
      name: study.name,
      study: relative(workspace, resolve(studyPath)),
      createdAt: new Date().toISOString(),
      engine: engineVersion,
      device: [...devices].sort().join(', '),
      document,
      axes,
      rows: rows.count,
      tasks: tasks.length,
    },
    rows: planned,
    shared,
    stages: [...uses].map(([stage, count]) => ({
      stage,
      uses: count,
      keys: table.entries.filter((entry) => entry.stage === stage).map(({ key }) => key),
    })),
  };
}

/** The name of a row's task: by what its result depends on, which is the keys of its stages. */
export function rowTask(stages: readonly { readonly stage: StageName; readonly key: string }[]): string {
  const keys = stages.map(({ stage, key }) => `${stage} ${key}`).sort();
  return `row-${sha256(keys.join('\n')).slice(0, 16)}`;
}
