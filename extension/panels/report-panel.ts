import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { ReportPayload } from '../../engine/report/payload';
import { reportPanelPage } from './report-page';

/** Shows a report in an editor tab. */
export function showReport(extensionUri: vscode.Uri, payload: ReportPayload): void {
  const resources = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  const panel = vscode.window.createWebviewPanel(
    'eigenprobe.report',
    payload.run.study.name,
    vscode.ViewColumn.Active,
    {
      enableScripts: true,
      localResourceRoots: [resources],
    },
  );
  const address = (name: string): string => panel.webview.asWebviewUri(vscode.Uri.joinPath(resources, name)).toString();
  panel.webview.html = reportPanelPage(payload, {
    cspSource: panel.webview.cspSource,
    scriptUri: address('report.js'),
    styleUri: address('report.css'),
    nonce: randomBytes(16).toString('base64'),
  });
}
