import { describe, expect, it, vi } from 'vitest';
import { barChart, barsLayout } from '../../webview/charts/bars';
import { chartSvg } from '../../webview/charts/chart';
import type { Theme } from '../../webview/charts/theme';

const theme: Theme = {
  ...{ foreground: '#111', muted: '#555', grid: '#ccc', surface: '#fff', accent: '#06c', font: 'sans-serif' },
  ...{ dark: false, contrast: false },
};

// Outside a browser a letter counts as six pixels wide.
const ruler = { measureText: (text: string) => ({ width: 6 * text.length }) };
vi.stubGlobal('document', { createElement: () => ({ getContext: () => ruler }) });

/** Texts of a plot of so many groups and two series, with where they stand. */
function texts(groups: number): { text: string; x: number; y: number }[] {
  const { lying, height } = barsLayout(groups, 2);
  const categories = Array.from({ length: groups }, (_, i) => `a method of a long name, the ${i}th`);
  const series = ['ID', 'OOD'].map((name, set) => ({
    ...{ name, colour: '#08c' },
    bars: categories.map((_, i) => ({ value: 0.5 + 0.01 * i + 0.005 * set })),
  }));
  const config = barChart({ categories, series, unit: 'fraction', axis: 'accuracy', lying }, theme);
  const svg = chartSvg(config, { width: 900, height }, theme, 'Accuracy');
  return [...svg.matchAll(/<text([^>]*)>([^<]*)<\/text>/g)].map(([, attributes, text]) => {
    const at = (name: string): number => Number(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes!)?.[1]);
    return { text: text!, x: at('x'), y: at('y') };
  });
}

describe('bars of many groups', () => {
  it('stand up to twelve groups, and lie down beyond', () => {
    expect(barsLayout(12, 2).lying).toBe(false);
    expect(barsLayout(13, 2).lying).toBe(true);
  });

  it('have every name in full and every value, none over another', () => {
    const found = texts(20);
    for (let i = 0; i < 20; i++) {
      expect(found.map(({ text }) => text)).toContain(`a method of a long name, the ${i}th`);
      expect(found.map(({ text }) => text)).toContain((50 + i).toFixed(1));
      expect(found.map(({ text }) => text)).toContain((50 + i + 0.5).toFixed(1));
    }
    const values = found.filter(({ text }) => /^\d+\.\d$/.test(text)).sort((a, b) => a.y - b.y);
    expect(values).toHaveLength(40);
    values.slice(1).forEach(({ y }, i) => expect(y - values[i]!.y).toBeGreaterThan(10));
  });
});
