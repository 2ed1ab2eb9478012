import { dirname, join } from 'node:path';
import type { RunOfSweep } from '../run/format';
import type { RunSweep, SweepSetting } from './payload';

/** Where a sweep's summary lies, from the folder of one of its runs. */
export function summaryFile(runDirectory: string, { id }: RunOfSweep): string {
  return join(dirname(dirname(runDirectory)), 'sweeps', id, 'summary.json');
}

/** Settings that are shown beside the run's own differ from it in no more ways: a map has two axes. */
const mostWays = 2;
/** A pair of domains is one way to differ, though two fields name it. */
const domainFields = ['data.source', 'data.target'];

/**
 * What a sweep's summary says for one of its rows: the row's setting over seeds, and the settings near it. Undefined
 * where the summary is none, or the row has not finished when it was written.
 */
export function sweepOfRow(summary: unknown, row: number): RunSweep | undefined {
  if (!isObject(summary) || !Array.isArray(summary.groups) || typeof summary.sweep !== 'string') return undefined;
  const groups = summary.groups.filter(isGroup);
  const own = groups.find(({ rows }) => rows.includes(row));
  if (!own) return undefined;
  const fields = Array.isArray(summary.fields) ? summary.fields.map(String) : [];
  const near = groups.filter((group) => {
    const differing = fields.filter((field) => !isSame(group.settings[field], own.settings[field]));
    const ways = new Set(differing.map((field) => (domainFields.includes(field) ? 'domains' : field)));
    return ways.size > 0 && ways.size <= mostWays;
  });
  const setting = ({ settings, rows, figures, advantages }: Group): SweepSetting => ({
    ...{ settings, seeds: rows.length, figures, advantages: advantages ?? [] },
  });
  return {
    id: summary.sweep,
    name: typeof summary.name === 'string' ? summary.name : summary.sweep,
    finished: Number(summary.finished),
    rows: Number(summary.rows),
    fields,
    own: setting(own),
    near: near.map((group) =>
      setting({ ...group, figures: group.figures.filter(({ id }) => id === 'transfer.accuracy') }),
    ),
  };
}

interface Group extends Omit<SweepSetting, 'seeds' | 'advantages'> {
  rows: number[];
  /** Absent in summaries of an older engine. */
  advantages?: SweepSetting['advantages'];
}

function isGroup(value: unknown): value is Group {
  return isObject(value) && isObject(value.settings) && Array.isArray(value.rows) && Array.isArray(value.figures);
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
