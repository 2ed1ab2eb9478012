import { payloadVersion, type ReportPayload } from './payload';

const dataOpening = '<script type="application/json" id="report-data">';

/** The parts of a report's page. `style` and `script` are whole elements. */
export interface ReportPage {
  title: string;
  /** Content-Security-Policy. */
  policy: string;
  style: string;
  script: string;
  payload: ReportPayload;
}

/** The page of a report: an empty body, the data, and the script that draws it. */
export function reportPage({ title, policy, style, script, payload }: ReportPage): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(title)}</title>`,
    style,
    '</head>',
    '<body>',
    '<div id="report"></div>',
    '<noscript>This report draws its plots with the script that it carries; please allow scripts for this file.</noscript>',
    `${dataOpening}${escapeJson(payload)}</script>`,
    script,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** The data of a report's page; undefined where the text is no report of this version. */
export function readPayload(html: string): ReportPayload | undefined {
  const start = html.indexOf(dataOpening);
  const end = html.indexOf('</script>', start);
  if (start < 0 || end < 0) return undefined;
  try {
    const value = JSON.parse(html.slice(start + dataOpening.length, end)) as unknown;
    const isPayload = typeof value === 'object' && value !== null && 'version' in value;
    return isPayload && value.version === payloadVersion ? (value as ReportPayload) : undefined;
  } catch {
    return undefined;
  }
}

/** JSON that no HTML parser mistakes for markup: neither the end of the element nor a comment can occur in it. */
export function escapeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text as HTML text or as a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
