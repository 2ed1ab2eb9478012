import { describe, expect, test } from 'vitest';
import { imageLayout, singleDomain } from '../../engine/data/image-layout';

const layout = (files: string[], folders: string[] = []) =>
  Object.fromEntries(
    [...imageLayout(files, folders, '/set').domains].map(([domain, images]) => [
      domain,
      images.map(({ className, split }) => (split ? `${className}:${split}` : className)),
    ]),
  );

describe('what folders mean', () => {
  test('classes', () => {
    expect(layout(['cat/1.png', 'dog/1.png'])).toEqual({ '': ['cat', 'dog'] });
    expect(layout(['cat/1.png'])).toEqual({ '': ['cat'] });
  });

  test('domains with classes', () => {
    expect(layout(['photo/cat/1.png', 'art/cat/1.png', 'art/dog/1.png'])).toEqual({
      art: ['cat', 'dog'],
      photo: ['cat'],
    });
  });

  test('leading folders that all share are stripped', () => {
    expect(layout(['PACS/photo/cat/1.png', 'PACS/art/cat/1.png'])).toEqual({ art: ['cat'], photo: ['cat'] });
    expect(layout(['a/b/cat/1.png', 'a/b/dog/1.png'])).toEqual({ '': ['cat', 'dog'] });
    expect(imageLayout(['a/b/cat/1.png', 'a/b/dog/1.png'], [], '/set').commonFolder).toBe('b');
  });

  test('train and test are a split, above or below the domains', () => {
    expect(layout(['train/cat/1.png', 'test/cat/1.png'])).toEqual({ '': ['cat:train', 'cat:test'] });
    expect(layout(['x/train/cat/1.png', 'x/val/cat/1.png'])).toEqual({ '': ['cat:train', 'cat:validation'] });
    const expected = { art: ['cat:train', 'cat:test'], photo: ['cat:train'] };
    expect(layout(['train/art/cat/1.png', 'train/photo/cat/1.png', 'test/art/cat/1.png'])).toEqual(expected);
    expect(layout(['art/train/cat/1.png', 'photo/train/cat/1.png', 'art/test/cat/1.png'])).toEqual(expected);
  });

  test('classes called test and train are classes', () => {
    expect(layout(['train/1.png', 'test/1.png'])).toEqual({ '': ['train', 'test'] });
  });
});

test.each<[string, string[], string[], RegExp]>([
  ['no image', [], ['cat'], /\/set holds no PNG, JPEG or WebP image/],
  ['an image at the top', ['1.png', 'cat/2.png'], [], /1\.png lies directly in \/set/],
  ['uneven depth', ['cat/1.png', 'dog/old/2.png'], [], /dog\/old\/2\.png of \/set does not lie where the others do/],
  ['too deep', ['a/x/cat/1.png', 'b/y/dog/1.png'], [], /does not lie where/],
  ['an empty class', ['a/1.png'], ['a', 'b'], /folder b of \/set holds no PNG/],
  ['an empty class in a domain', ['x/a/1.png', 'y/a/1.png'], ['x', 'x/a', 'x/b', 'y', 'y/a'], /folder x\/b of/],
])('%s', (_, files, folders, message) => {
  expect(() => imageLayout(files, folders, '/set')).toThrow(message);
});

test('a single domain must be one', () => {
  expect(() => singleDomain(imageLayout(['a/x/1.png', 'b/x/1.png'], [], '/set'), '/set')).toThrow(
    /\("a" and "b"\); name one of them, or use data\.folder/,
  );
});
