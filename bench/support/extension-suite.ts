import { writeFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { isAlive } from '../../engine/run/process';
import { diskFiles } from '../../extension/runs/disk-files';
import { RunIndex } from '../../extension/runs/run-index';
import type { Api } from '../../extension/extension';

/** Runs inside the extension host and measures there. */
export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension('eigenprobe.eigenprobe')!;
  const api = (await extension.activate()) as Api;
  await api.store.ready();
  await vscode.commands.executeCommand('workbench.view.extension.eigenprobe');
  const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  await vscode.window.showTextDocument(vscode.Uri.file(join(folder, 'study-0.eigenprobe.json')));
  await new Promise((resolve) => setTimeout(resolve, 3000));

  const listMs = Math.min(...(await repeat(3, () => timeList(join(folder, '.eigenprobe', 'runs')))));
  await vscode.commands.executeCommand(
    'eigenprobe.openResults',
    api.store.runs.find(({ state }) => state === 'running')!.key,
  );
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  delay.disable();
  // The monitor's own period is part of what it reports.
  const blockMs = delay.max / 1e6 - 5;
  await writeFile(
    process.env.EIGENPROBE_BENCH_FIGURES!,
    JSON.stringify({ activationMs: api.activationMs, listMs, blockMs }),
  );
  await writeFile(
    process.env.EIGENPROBE_HOST_RESULTS!,
    JSON.stringify({ done: true, tests: 1, failures: 0, outcomes: [] }),
  );
}

/** Milliseconds from nothing to a list of every run with its figures. */
async function timeList(runs: string): Promise<number> {
  const started = performance.now();
  const index = new RunIndex(diskFiles(runs), isAlive);
  const list = await index.scan();
  if (list.length < 1000) throw new Error(`Only ${list.length} runs were found.`);
  return performance.now() - started;
}

async function repeat<T>(times: number, action: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < times; i++) results.push(await action());
  return results;
}
