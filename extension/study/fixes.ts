import * as vscode from 'vscode';

/** A change of the text that mends a problem. */
export interface Fix {
  title: string;
  /** Replace the marked text by this name. */
  replaceBy?: string;
  /** Remove the marked member. */
  remove?: boolean;
  /** Add a block of this name with its defaults. */
  addBlock?: string;
  /** Replace the marked value by an empty block. */
  emptyBlock?: boolean;
}

/** What can be done about a problem, from the engine's own sentence. The likeliest comes first. */
export function fixesFor(message: string): Fix[] {
  const fixes: Fix[] = [];
  const meant = /did you mean "([^"]+)"\?/.exec(message)?.[1];
  if (meant !== undefined) fixes.push({ title: vscode.l10n.t('Change to "{0}"', meant), replaceBy: meant });
  const unknown = /^Unknown key "([^"]+)"/.exec(message)?.[1];
  if (unknown !== undefined) fixes.push({ title: vscode.l10n.t('Remove "{0}"', unknown), remove: true });
  const add = /; add "(\w+)" or remove/.exec(message)?.[1];
  if (add !== undefined) fixes.push({ title: vscode.l10n.t('Add "{0}"', add), addBlock: add });
  const removable = /(?:or )?remove (\w+)\.$/.exec(message)?.[1];
  if (removable !== undefined && removable !== 'the' && removable !== 'one') {
    fixes.push({ title: vscode.l10n.t('Remove "{0}"', removable), remove: true });
  }
  if (/write \{\} for the defaults/.test(message))
    fixes.push({ title: vscode.l10n.t('Use the defaults: {0}', '{}'), emptyBlock: true });
  const one = /must be one of ((?:"[^"]+"(?:, | or )?)+)/.exec(message)?.[1];
  if (one !== undefined && meant === undefined) {
    for (const [, choice] of one.matchAll(/"([^"]+)"/g))
      fixes.push({ title: vscode.l10n.t('Change to "{0}"', choice!), replaceBy: choice });
  }
  const choices = /which is not a domain of the data; the domains are (.*)\.$/.exec(message)?.[1];
  for (const [, choice] of (choices ?? '').matchAll(/"([^"]+)"/g)) {
    fixes.push({ title: vscode.l10n.t('Change to "{0}"', choice!), replaceBy: choice });
  }
  return fixes;
}
