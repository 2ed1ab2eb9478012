import * as vscode from 'vscode';

/** An error with something that the user can do about it at once. */
export class Mendable extends Error {
  constructor(
    message: string,
    readonly mend: { title: string; do: () => Promise<void> },
  ) {
    super(message);
  }
}

/** Tells what went wrong: the sentence in a message with a way to the log, everything in the log. */
export class Failures {
  constructor(private readonly log: vscode.LogOutputChannel) {}

  /** What was told last, for tests. */
  last: string | undefined;

  show(error: unknown): void {
    this.log.error(error instanceof Error ? error : String(error));
    const message = sentence(error);
    this.last = message;
    const mend = error instanceof Mendable ? error.mend : undefined;
    const showLog = vscode.l10n.t('Show Log');
    void vscode.window.showErrorMessage(message, ...(mend ? [mend.title] : []), showLog).then((picked) => {
      if (picked === showLog) this.log.show();
      else if (picked !== undefined) void mend?.do();
    });
  }
}

/** An error as one sentence. The editor's own errors of its file system carry a stack of causes; people need the one. */
function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code =
    error instanceof vscode.FileSystemError ? error.code : (/^(EACCES|EPERM|EROFS|ENOSPC)\b/.exec(message)?.[1] ?? '');
  const path = /'([^']+)'/.exec(message)?.[1] ?? '';
  switch (code) {
    case 'NoPermissions':
    case 'EACCES':
    case 'EPERM':
      return vscode.l10n.t('There is no permission to change {0}.', path);
    case 'EROFS':
      return vscode.l10n.t('{0} lies on a read-only file system.', path);
    case 'ENOSPC':
      return vscode.l10n.t('The disk that holds {0} is full.', path);
    default:
      return message;
  }
}
