import * as vscode from 'vscode';
import { formatFigure } from '../../engine/terminal/numbers';
import { circumstance } from '../runs/figures';
import type { RunManager } from '../runs/run-manager';
import type { RunStore, StoredRun } from '../runs/run-store';
import { runStudy } from '../commands/study-commands';

interface RunInput {
  run?: string;
}
interface StudyInput {
  study?: string;
  stage?: string;
}

const text = (value: unknown): vscode.LanguageModelToolResult =>
  new vscode.LanguageModelToolResult([
    new vscode.LanguageModelTextPart(typeof value === 'string' ? value : JSON.stringify(value, null, 1)),
  ]);

/** What a language model may do here: read freely, start a run only after the user has agreed. */
export function registerTools(
  store: RunStore,
  manager: RunManager,
  check: (study: vscode.Uri) => Promise<vscode.Diagnostic[]>,
): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.lm.registerTool('eigenprobe_list_runs', {
      invoke: async () => {
        await store.ready();
        return text(
          store.runs.slice(0, 100).map(({ record, state }) => ({
            run: record.id,
            study: record.study.name,
            file: record.study.path,
            state,
            startedAt: record.startedAt,
            seed: record.seed,
            error: record.error,
          })),
        );
      },
    }),
    vscode.lm.registerTool<RunInput>('eigenprobe_read_results', {
      invoke: async ({ input }) => {
        await store.ready();
        const run = findRun(store, input.run);
        const results = await store.resultsOf(run);
        const figures = (results?.figures ?? []).map((figure) => ({
          id: figure.id,
          label: figure.label,
          measured: circumstance(figure),
          value: figure.value,
          text: formatFigure(figure),
          samples: figure.samples,
        }));
        return text({ run: run.record.id, study: run.record.study.name, state: run.state, figures });
      },
    }),
    vscode.lm.registerTool<StudyInput>('eigenprobe_check_study', {
      invoke: async ({ input }) => {
        const study = await findStudy(input.study);
        const problems = await check(study);
        return text(
          problems.length === 0
            ? 'The study has no problems.'
            : problems
                .map(({ range, message }) => `${range.start.line + 1}:${range.start.character + 1}: ${message}`)
                .join('\n'),
        );
      },
    }),
    vscode.lm.registerTool<StudyInput>('eigenprobe_run_study', {
      prepareInvocation: ({ input }) => ({
        invocationMessage: vscode.l10n.t('Starting {0}', input.study ?? ''),
        confirmationMessages: {
          title: vscode.l10n.t('Run a study'),
          message: vscode.l10n.t('Run {0}? It computes on this machine, possibly for a long time.', input.study ?? ''),
        },
      }),
      invoke: async ({ input }) => {
        if (!vscode.workspace.isTrusted) throw new Error('The workspace is not trusted, so nothing is run in it.');
        await runStudy(manager, await findStudy(input.study), { stage: input.stage });
        return text('The run has been queued. eigenprobe_list_runs shows how it stands.');
      },
    }),
  );
}

function findRun(store: RunStore, reference: string | undefined): StoredRun {
  const run =
    reference === undefined || reference === 'latest'
      ? store.runs[0]
      : store.runs.find(({ record }) => record.id.startsWith(reference));
  if (run) return run;
  throw new Error(`There is no run ${reference ?? ''} in this workspace; eigenprobe_list_runs lists them.`);
}

async function findStudy(path: string | undefined): Promise<vscode.Uri> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  for (const { uri } of folders) {
    const candidate = vscode.Uri.joinPath(uri, path ?? '');
    const found = await vscode.workspace.fs.stat(candidate).then(
      ({ type }) => (type & vscode.FileType.File) !== 0,
      () => false,
    );
    if (found && /\.eigenprobe\.(json|ya?ml)$/.test(candidate.path)) return candidate;
  }
  throw new Error(`There is no study ${path ?? ''} in this workspace; give its path relative to the workspace folder.`);
}
