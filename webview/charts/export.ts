/** How a page hands files and text to the person in front of it: in VS Code through the editor. */
export interface Exporter {
  save(name: string, content: Blob): void | Promise<void>;
  copy(text: string): void | Promise<void>;
}

/** In a plain browser: a download, and the clipboard. */
const browserExporter: Exporter = {
  save(name, content) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(content);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  },
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A page from a disk may not write to the clipboard by that way.
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
  },
};

let current: Exporter = browserExporter;

export function setExporter(exporter: Exporter): void {
  current = exporter;
}

export function exporter(): Exporter {
  return current;
}

/** A file's name from a title: letters and digits of any script stay. */
export function fileName(title: string, extension: string): string {
  const stem = title
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 60);
  return `${stem || 'figure'}.${extension}`;
}
