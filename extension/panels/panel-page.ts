import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { escapeHtml } from '../../engine/report/page';
import type { PanelKind } from '../../webview/contract';

/** The page of a panel: its own script and style, files of the run by fetch, and nothing else. */
export function panelPage(webview: vscode.Webview, resources: vscode.Uri, kind: PanelKind): string {
  const nonce = randomBytes(16).toString('base64');
  const address = (name: string): string =>
    escapeHtml(webview.asWebviewUri(vscode.Uri.joinPath(resources, name)).toString());
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `connect-src ${webview.cspSource}`,
    `img-src data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return [
    '<!doctype html>',
    `<html lang="en">`,
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${kind}</title>`,
    `<link rel="stylesheet" href="${address(`${kind}.css`)}">`,
    '</head>',
    '<body>',
    `<div id="panel" class="${kind}"></div>`,
    `<script nonce="${escapeHtml(nonce)}" src="${address(`${kind}.js`)}"></script>`,
    '</body>',
    '</html>',
  ].join('\n');
}
