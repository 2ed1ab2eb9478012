import { describe, expect, test } from 'vitest';
import { resolveDomains } from '../../engine/study/domains';
import { studySchema } from '../../engine/study/schema';

const study = (data: object, rest: object = {}) =>
  studySchema.parse({ name: 'x', data: { folder: 'f', ...data }, ...rest });

describe('roles of domains', () => {
  test('source is the first, target the second, and both are pretrained on', () => {
    expect(resolveDomains(study({}), ['a', 'b', 'c'])).toEqual({
      source: 'a',
      sourceIndex: 0,
      target: 'b',
      targetIndex: 1,
      pretrain: ['a', 'b'],
      pretrainIndices: [0, 1],
    });
  });

  test('naming one leaves the other to the first that is left', () => {
    expect(resolveDomains(study({ source: 'b' }), ['a', 'b', 'c'])).toMatchObject({ source: 'b', target: 'a' });
    expect(resolveDomains(study({ target: 'a' }), ['a', 'b', 'c'])).toMatchObject({ source: 'b', target: 'a' });
  });

  test('one domain has no target', () => {
    expect(resolveDomains(study({}), ['a'])).toEqual({
      source: 'a',
      sourceIndex: 0,
      pretrain: ['a'],
      pretrainIndices: [0],
    });
    expect(() => resolveDomains(study({}, { transfer: {} }), ['a'])).toThrow(/transfer measures on another domain/);
    expect(() => resolveDomains(study({ target: 'a' }), ['a'])).toThrow(/both "a"/);
  });

  test('pretraining keeps the order that the study names', () => {
    const named = study({}, { pretrain: { domains: ['c', 'a'] } });
    expect(resolveDomains(named, ['a', 'b', 'c'])).toMatchObject({ pretrain: ['c', 'a'], pretrainIndices: [2, 0] });
  });

  test('names that are not there', () => {
    expect(() => resolveDomains(study({ source: 'phot' }), ['photo', 'sketch'])).toThrow(/did you mean "photo"\?/);
    expect(() => resolveDomains(study({}), [])).toThrow(/no domain/);
  });
});
