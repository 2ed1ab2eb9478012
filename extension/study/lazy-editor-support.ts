import * as vscode from 'vscode';
import type { Devices } from '../engine/devices';
import type { RunStore } from '../runs/run-store';
import type { RunTree } from '../runs/run-tree';
import { isStudy } from './choose-study';
import type { EditorSupport } from './editor-support';

/** Loads what reads studies with the first study that is opened, so that activation does not wait for it. */
export class LazyEditorSupport implements vscode.Disposable {
  private loading: Promise<EditorSupport> | undefined;
  private isDisposed = false;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly store: RunStore,
    private readonly tree: RunTree,
    private readonly devices: Devices,
  ) {
    this.subscription = vscode.workspace.onDidOpenTextDocument(({ uri }) => {
      if (isStudy(uri)) void this.get();
    });
    if (vscode.workspace.textDocuments.some(({ uri }) => isStudy(uri))) setImmediate(() => void this.get());
  }

  get(): Promise<EditorSupport> {
    this.loading ??= import('./editor-support').then(({ EditorSupport: Support }) => {
      const support = new Support(this.store, this.tree, this.devices);
      if (this.isDisposed) support.dispose();
      return support;
    });
    return this.loading;
  }

  /** What is wrong in a study. */
  async check(study: vscode.Uri): Promise<vscode.Diagnostic[]> {
    const document = await vscode.workspace.openTextDocument(study);
    await (await this.get()).diagnostics.check(document);
    return vscode.languages.getDiagnostics(study);
  }

  dispose(): void {
    this.isDisposed = true;
    this.subscription.dispose();
    void this.loading?.then((support) => support.dispose());
  }
}
