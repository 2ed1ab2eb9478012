import { escapeHtml, reportPage } from '../../engine/report/page';
import type { ReportPayload } from '../../engine/report/payload';

/** Addresses of the extension's own files as a webview loads them. */
export interface PanelResources {
  /** The webview's source expression for its local files. */
  cspSource: string;
  scriptUri: string;
  styleUri: string;
  /** Fresh for each page. */
  nonce: string;
}

/**
 * A report inside the editor. Of the report's file only the data is taken: script and style are the extension's own,
 * so that a run directory that came from elsewhere cannot bring code.
 */
export function reportPanelPage(
  payload: ReportPayload,
  { cspSource, scriptUri, styleUri, nonce }: PanelResources,
): string {
  return reportPage({
    title: payload.run.study.name,
    policy: [
      `default-src 'none'`,
      `script-src 'nonce-${nonce}'`,
      `style-src ${cspSource}`,
      `img-src data:`,
      `base-uri 'none'`,
      `form-action 'none'`,
    ].join('; '),
    style: `<link rel="stylesheet" href="${escapeHtml(styleUri)}">`,
    script: `<script nonce="${escapeHtml(nonce)}" src="${escapeHtml(scriptUri)}"></script>`,
    payload,
  });
}
