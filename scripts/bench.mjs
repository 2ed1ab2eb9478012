import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, nodeBundle } from './build.mjs';
import { install } from './install.mjs';
import { ScriptError, main, root } from './support/process.mjs';

/** Benchmarks are the files bench/NAME.ts; what they share lies in folders below. */
function benchmarks() {
  const folder = join(root, 'bench');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => name.slice(0, -3))
    .sort();
}

/** `--steps 20`, `--steps=20` and `--quick` as { steps: '20', quick: true }. */
export function parseFlags(args) {
  const flags = {};
  for (let i = 0; i < args.length; i++) {
    const match = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(args[i]);
    if (!match)
      throw new ScriptError(`"${args[i]}" is not a flag; flags look like --name, --name=value or --name value.`);
    const next = args[i + 1];
    if (match[2] !== undefined) flags[match[1]] = match[2];
    else if (match[1] !== 'json' && next !== undefined && !next.startsWith('--')) flags[match[1]] = args[++i];
    else flags[match[1]] = true;
  }
  return flags;
}

/** True, false, or undefined where a figure has no target. */
function meetsTarget({ value, target, better }) {
  if (typeof target !== 'number') return undefined;
  return better === 'lower' ? value <= target : value >= target;
}

function table(figures) {
  const number = (value) =>
    typeof value !== 'number'
      ? ''
      : Number.isInteger(value)
        ? String(value)
        : value.toPrecision(4).replace(/\.?0+$/, '');
  const rows = [
    ['', 'value', 'unit', 'target', ''],
    ...figures.map((figure) => [
      figure.name,
      number(figure.value),
      figure.unit ?? '',
      typeof figure.target === 'number' ? `${figure.better === 'lower' ? '≤' : '≥'} ${number(figure.target)}` : '',
      { true: 'met', false: 'missed' }[String(meetsTarget(figure))] ?? '',
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 1 || column === 3 ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `npm run bench -- NAME [--json] [flags]`. */
await main(import.meta.url, async (args) => {
  const [name, ...rest] = args;
  const known = benchmarks();
  const list = known.length === 0 ? 'There are none yet' : `There are: ${known.join(', ')}`;
  if (name === undefined || name.startsWith('-'))
    throw new ScriptError(`Name the benchmark to run: npm run bench -- NAME [--json]. ${list}.`);
  if (!known.includes(name)) throw new ScriptError(`There is no benchmark "${name}". ${list}.`);
  const { json = false, ...flags } = parseFlags(rest);
  await install();
  // With --json stdout carries the result alone; whatever the code under measurement prints goes to stderr.
  if (json) console.log = console.info = console.error;
  // What is measured is what is shipped.
  await build({ minify: true });
  const esbuild = await import('esbuild');
  const bundle = nodeBundle(`bench/${name}.ts`, `dist/bench/${name}.mjs`);
  await esbuild.build(bundle);
  const { run } = await import(pathToFileURL(bundle.outfile).href);
  if (typeof run !== 'function') throw new ScriptError(`bench/${name}.ts does not export a function "run".`);
  const { figures } = await run(flags);
  if (json) process.stdout.write(JSON.stringify({ figures }) + '\n');
  else console.log(table(figures));
});
