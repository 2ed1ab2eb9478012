import { Cancelled, UserError } from '../errors';
import { Split } from './dataset';
import { decodeImage } from './decode-image';
import { imageLayout, singleDomain, type PlacedImage } from './image-layout';
import { openImageStore, type ImageStore } from './image-store';
import { createFitter, type ImageShape } from './resize';
import { freeSplit, type DomainSource } from './source';
import { linkRule } from './walk-folder';

/** A path as the study has it, and the function that makes it absolute (and refuses what may not be read). */
export interface StudyPath {
  readonly path: string;
  readonly resolve: (path: string) => string;
}

const open = ({ path, resolve }: StudyPath): Promise<ImageStore> =>
  openImageStore(resolve(path), linkRule(path, resolve));

/** Images in one folder for each class, or an archive of that: one domain. Throws UserError. */
export async function openImageDomain(place: StudyPath): Promise<DomainSource> {
  const store = await open(place);
  const images = singleDomain(imageLayout(store.files, store.folders, store.path), store.path);
  return imageSource(store, images, place.path);
}

/**
 * Images in `<domain>/<class>/` or `<class>/`, or an archive of that: every domain, by name, sorted. Without a
 * domain level the domain has the name of the folder that holds the classes. Throws UserError.
 */
export async function openImageDomains(place: StudyPath): Promise<Map<string, DomainSource>> {
  const store = await open(place);
  const { domains, commonFolder } = imageLayout(store.files, store.folders, store.path);
  const fileName = store.path.split(/[/\\]/).findLast((part) => part !== '') ?? 'images';
  const ownName = commonFolder ?? fileName.replace(/\.(tar|tgz|tar\.gz)$/i, '');
  const sources = new Map<string, DomainSource>();
  for (const [name, images] of domains) {
    sources.set(name === '' ? ownName : name, await imageSource(store, images, place.path));
  }
  return sources;
}

async function imageSource(store: ImageStore, images: readonly PlacedImage[], shown: string): Promise<DomainSource> {
  const classNames = [...new Set(images.map(({ className }) => className))].sort((a, b) => (a < b ? -1 : 1));
  const classIndex = new Map(classNames.map((name, i) => [name, i]));
  const { height, width, channels } = await firstShape(store, images[0]!.file);
  return {
    kind: 'images',
    shape: [height, width, channels],
    labels: Int32Array.from(images, ({ className }) => classIndex.get(className)!),
    classNames,
    fixed: Uint8Array.from(images, ({ split }) =>
      split === undefined || split === 'train' ? freeSplit : Split[split],
    ),
    name: (row) => `${shown}${store.separator}${images[row]!.file}`,
    warnings: [],
    async read(rows, target, { signal, onProgress }) {
      const [height = 0, width = 0, channels = 1] = target.shape;
      const to: ImageShape = { height, width, channels: channels === 1 ? 1 : 3 };
      const values = target.values as Uint8Array;
      const positions = new Map(Array.from(rows, (row, i) => [images[row]!.file, target.first + i]));
      const fitters = new Map<string, ReturnType<typeof createFitter>>();
      const failures: { name: string; reason: string }[] = [];
      let done = 0;
      const visit = async (name: string, bytes: Uint8Array): Promise<void> => {
        if (signal?.aborted) throw new Cancelled();
        try {
          const { shape, pixels } = await decodeImage(bytes);
          const key = `${shape.height},${shape.width},${shape.channels}`;
          // Photographs may all differ in size; working memory for each would add up.
          if (fitters.size > 16) fitters.clear();
          const fit = fitters.get(key) ?? createFitter(shape, to);
          fitters.set(key, fit);
          fit(pixels, 0, values, positions.get(name)! * height * width * to.channels);
        } catch (error) {
          failures.push({ name, reason: error instanceof Error ? error.message : String(error) });
        }
        onProgress?.(++done);
      };
      await store.visit(new Set(positions.keys()), visit, signal);
      if (failures.length > 0) throw unreadableImages(store, failures, rows.length);
    },
  };
}

async function firstShape(store: ImageStore, file: string): Promise<ImageShape> {
  let shape: ImageShape | undefined;
  await store.visit(new Set([file]), async (name, bytes) => {
    try {
      ({ shape } = await decodeImage(bytes));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw unreadableImages(store, [{ name, reason }], 1);
    }
  });
  if (!shape) throw new UserError('data-missing', `${store.path}${store.separator}${file} has disappeared.`);
  return shape;
}

function unreadableImages(store: ImageStore, failures: { name: string; reason: string }[], total: number): UserError {
  failures.sort((a, b) => (a.name < b.name ? -1 : 1));
  const full = (name: string): string => `${store.path}${store.separator}${name}`;
  const shown = failures.slice(0, 3).map(({ name, reason }) => `${full(name)} (${reason})`);
  const more = failures.length > 3 ? ` and ${failures.length - 3} more` : '';
  const sentence =
    failures.length === 1
      ? `The image ${shown[0]} cannot be read; replace or remove it.`
      : `${failures.length} of ${total} images cannot be read: ${shown.join(', ')}${more}; replace or remove them.`;
  const file = store.separator === '/' ? full(failures[0]!.name) : store.path;
  return new UserError('image-unreadable', sentence, { file });
}
