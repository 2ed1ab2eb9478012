import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bundleText, collectTexts } from '../../scripts/l10n.mjs';

const manifestText = readFileSync('package.json', 'utf8');
const manifest = JSON.parse(manifestText) as { contributes: Record<string, unknown>; l10n: string };
const texts = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>;

describe('texts that people read', () => {
  test('in the code go through l10n.t, and the package carries them for translators', () => {
    const { texts: found, mistakes } = collectTexts();
    expect(mistakes).toEqual([]);
    expect(found.length).toBeGreaterThan(100);
    expect(Object.keys(JSON.parse(bundleText(found)) as object)).toEqual(found);
    expect(manifest.l10n).toBe('./dist/l10n');
  });

  test('in the manifest stand in package.nls.json, and nothing else does', () => {
    const used = new Set([...manifestText.matchAll(/%([\w.]+)%/g)].map(([, key]) => key!));
    expect([...used].filter((key) => texts[key] === undefined)).toEqual([]);
    expect(Object.keys(texts).filter((key) => !used.has(key))).toEqual([]);
  });

  test('are keys for every title, description and welcome of the manifest', () => {
    const raw: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value === 'object' && value !== null) {
        for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
        return;
      }
      const isText =
        /\.(title|name|description|markdownDescription|contents|altText|displayName|userDescription)$/.test(path);
      // Names of the product and identifiers stay; what a model reads is written for models.
      if (
        isText &&
        typeof value === 'string' &&
        !/^%.*%$|^Eigenprobe$|^eigenprobe_/.test(value) &&
        !/inputSchema/.test(path)
      )
        raw.push(`${path}: ${value}`);
    };
    visit(manifest.contributes, '');
    expect(raw).toEqual([]);
  });
});
