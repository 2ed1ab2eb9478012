import * as vscode from 'vscode';
import { escapeHtml } from '../../engine/report/page';
import type { DatasetNode } from './dataset-tree';

const most = 60;

/** Shows pictures of one class in one domain, straight from the files that the study reads. */
export async function openSamples(node: Extract<DatasetNode, { kind: 'class' }>): Promise<void> {
  const { run, study, domain, className } = node;
  const record = (await readJson(run.uri, 'stages', 'data', 'dataset.json')) as { names?: unknown };
  const written = (await readJson(run.uri, 'study.json')) as {
    data?: { folder?: unknown; domains?: Record<string, { format?: unknown; path?: unknown }> };
  };
  const own = written.data?.domains?.[domain];
  const folder = written.data?.folder ?? (own?.format === 'folder' ? own.path : undefined);
  const names = Array.isArray(record.names)
    ? record.names.filter((name): name is string => typeof name === 'string')
    : [];
  const fits = names.filter((name) => {
    const steps = name.split('/');
    return steps.includes(className) && (own !== undefined || domain === '' || steps.includes(domain) || !steps[1]);
  });
  if (typeof folder !== 'string' || /^\$\{/.test(folder) || /\.(tar|tgz|gz)$/.test(folder) || fits.length === 0) {
    // Arrays and archives have no pictures of their own; the report shows them.
    await vscode.commands.executeCommand('eigenprobe.openReport', run.key);
    return;
  }
  const root = vscode.Uri.joinPath(study, '..', folder);
  const panel = vscode.window.createWebviewPanel(
    'eigenprobe.samples',
    `${domain} · ${className}`,
    { viewColumn: vscode.ViewColumn.Active, preserveFocus: true },
    { enableScripts: false, localResourceRoots: [root] },
  );
  const step = Math.max(1, fits.length / most);
  const chosen = Array.from({ length: Math.min(most, fits.length) }, (_, i) => fits[Math.floor(i * step)]!);
  const pictures = chosen.map((name) => {
    // A sample's name begins with the path that the study gives.
    const file = vscode.Uri.joinPath(study, '..', ...name.split('/'));
    const address = panel.webview.asWebviewUri(file).toString();
    return `<li><img src="${escapeHtml(address)}" alt="${escapeHtml(name)}" title="${escapeHtml(name)}"></li>`;
  });
  panel.webview.html = page(
    panel.webview.cspSource,
    `${domain} · ${className}`,
    vscode.l10n.t('{0} of {1} samples', chosen.length, fits.length),
    pictures.join(''),
  );
}

async function readJson(folder: vscode.Uri, ...path: string[]): Promise<unknown> {
  const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, ...path));
  return JSON.parse(new TextDecoder().decode(bytes));
}

function page(source: string, title: string, note: string, pictures: string): string {
  const style = [
    'body{padding:12px 20px}h1{font-size:16px;font-weight:600;margin:0}p{color:var(--vscode-descriptionForeground)}',
    'ul{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(96px,1fr));gap:8px}',
    'img{width:100%;image-rendering:pixelated;border:1px solid var(--vscode-widget-border,transparent)}',
  ].join('');
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src ${source}; style-src 'unsafe-inline'">`,
    `<title>${escapeHtml(title)}</title><style>${style}</style></head>`,
    `<body><h1>${escapeHtml(title)}</h1><p>${escapeHtml(note)}</p><ul>${pictures}</ul></body></html>`,
  ].join('');
}
