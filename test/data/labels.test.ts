import { describe, expect, test } from 'vitest';
import { integerLabels, unifyLabels } from '../../engine/data/labels';

const source = (labels: number[], classNames?: string[]) => ({ labels: Int32Array.from(labels), classNames });
const unify = (domains: Record<string, ReturnType<typeof source>>, given?: string[]) => {
  const { classNames, labels, warnings } = unifyLabels(new Map(Object.entries(domains)), given);
  return { classNames, labels: labels.map((own) => [...own]), warnings };
};

describe('classes across domains', () => {
  test('names are matched by name', () => {
    expect(unify({ a: source([0, 1, 1], ['cat', 'dog']), b: source([0, 1, 2], ['dog', 'cat', 'ant']) })).toEqual({
      classNames: ['ant', 'cat', 'dog'],
      labels: [
        [1, 2, 2],
        [2, 1, 0],
      ],
      warnings: ['The class ant has no sample in domain "a".'],
    });
  });

  test('numbers are their own names, in numeric order, and only those that occur', () => {
    expect(unify({ a: source([10, 2, 1, -1]), b: source([2, 1, 10]) })).toEqual({
      classNames: ['1', '2', '10'],
      labels: [
        [2, 1, 0, -1],
        [1, 0, 2],
      ],
      warnings: [],
    });
  });

  test('data.classNames names numbers and gives the order', () => {
    expect(unify({ a: source([1, 0]), b: source([0, 1], ['dog', 'cat']) }, ['dog', 'cat', 'emu'])).toEqual({
      classNames: ['dog', 'cat'],
      labels: [
        [1, 0],
        [0, 1],
      ],
      warnings: ['No sample has the class "emu" of data.classNames; it is left out.'],
    });
  });

  test('folders named by numbers meet number files', () => {
    expect(unify({ a: source([0, 1], ['0', '10']), b: source([10, 0]) }).labels).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  test('a domain without labels is no domain that lacks classes', () => {
    expect(unify({ a: source([0, 1]), b: source([-1, -1]) })).toMatchObject({ warnings: [] });
  });

  test('what cannot be matched', () => {
    expect(() => unify({ a: source([3]) }, ['x', 'y'])).toThrow(/"a" has the label 3 .* only 2 names \(0 to 1\)/);
    expect(() => unify({ a: source([0], ['dgo']) }, ['dog', 'cat'])).toThrow(/"dgo".*did you mean "dog"\?/);
    expect(() => unify({ a: source([0]), b: source([0], ['dog']) })).toThrow(/list the names .* data\.classNames/);
  });
});

describe('labels of array files', () => {
  test('whole numbers of any type, as a row or a column', () => {
    expect([...integerLabels({ shape: [3], data: Float64Array.of(2, 0, -1) }, 'y')]).toEqual([2, 0, -1]);
    expect([...integerLabels({ shape: [2, 1], data: Uint8Array.of(3, 1) }, 'y')]).toEqual([3, 1]);
  });

  test.each([
    [[0.5], /label 0\.5 in y \(row 0/],
    [[0, -2], /label -2 in y \(row 1/],
    [[NaN], /label NaN/],
    [[70000], /label 70000/],
  ])('%j', (data, message) => {
    expect(() => integerLabels({ shape: [data.length], data: Float64Array.from(data) }, 'y')).toThrow(message);
  });

  test('one-hot rows are refused', () => {
    expect(() => integerLabels({ shape: [2, 3], data: new Uint8Array(6) }, 'y')).toThrow(/have 2 axes/);
  });
});
