import { UserError } from '../errors';
import { listChoices } from '../study/suggest';
import type { SplitName } from './dataset';

/** An image file and what the folders above it say of it. */
export interface PlacedImage {
  readonly file: string;
  readonly className: string;
  /** Where a folder above names the split. */
  readonly split?: SplitName;
}

export interface ImageLayout {
  /** Images by domain, sorted; one domain named '' where the folders have no domain level. */
  readonly domains: ReadonlyMap<string, readonly PlacedImage[]>;
  /** The last folder that all images share, unless it names a split. */
  readonly commonFolder?: string;
}

const splitFolders: Readonly<Record<string, SplitName>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
  testing: 'test',
};
const splitOf = (name: string): SplitName | undefined =>
  Object.hasOwn(splitFolders, name.toLowerCase()) ? splitFolders[name.toLowerCase()] : undefined;

/**
 * What the folders above images mean: `<class>/*` or `<domain>/<class>/*`, with any leading folders that all images
 * share, and with a level of folders train and test (val) above or below the domains, which is a fixed split.
 * Throws UserError.
 */
export function imageLayout(files: readonly string[], folders: readonly string[], path: string): ImageLayout {
  const fail = (what: string): UserError => new UserError('images-layout', what, { file: path });
  if (files.length === 0) {
    throw fail(`${path} holds no PNG, JPEG or WebP image; put the images into one folder for each class.`);
  }
  const placed = files.map((file) => ({ file, levels: file.split('/').slice(0, -1) }));
  const flat = placed.find(({ levels }) => levels.length === 0);
  if (flat) throw fail(`The image ${flat.file} lies directly in ${path}; put it into the folder of its class.`);

  const shallow = Math.min(...placed.map(({ levels }) => levels.length));
  let common = 0;
  while (common < shallow - 1 && placed.every(({ levels }) => levels[common] === placed[0]!.levels[common])) common++;
  const level = (depth: number): string[] => [...new Set(placed.map(({ levels }) => levels[depth] ?? ''))];
  // A split level has train in it and lies above the classes.
  const splitLevel = [common, common + 1].find((depth) => {
    const names = level(depth);
    return depth < shallow - 1 && names.every(splitOf) && names.some((name) => splitOf(name) === 'train');
  });
  const prefix = placed[0]!.levels.slice(0, common);
  const meaning = (levels: readonly string[]): string[] => levels.filter((_, i) => i >= common && i !== splitLevel);

  const depth = shallow - common - (splitLevel === undefined ? 0 : 1);
  const odd = placed.find(({ levels }) => levels.length !== shallow) ?? (depth > 2 ? placed[0] : undefined);
  if (odd) {
    throw fail(
      `The image ${odd.file} of ${path} does not lie where the others do; images must lie in <class>/ or in <domain>/<class>/.`,
    );
  }
  const classDepth = shallow;
  const holders = new Set(placed.map(({ levels }) => levels.join('/')));
  const empty = folders.find((folder) => {
    const levels = folder.split('/');
    return levels.length === classDepth && prefix.every((name, i) => levels[i] === name) && !holders.has(folder);
  });
  if (empty !== undefined) {
    throw fail(`The folder ${empty} of ${path} holds no PNG, JPEG or WebP image; add images or remove the folder.`);
  }

  const domains = new Map<string, PlacedImage[]>();
  for (const { file, levels } of placed) {
    const [first = '', second] = meaning(levels);
    const domain = second === undefined ? '' : first;
    const split = splitLevel === undefined ? undefined : splitOf(levels[splitLevel]!);
    const images = domains.get(domain) ?? [];
    images.push({ file, className: second ?? first, ...(split && { split }) });
    domains.set(domain, images);
  }
  return {
    domains: new Map([...domains].sort(([a], [b]) => (a < b ? -1 : 1))),
    commonFolder: prefix.findLast((name) => splitOf(name) === undefined),
  };
}

/** The images of a folder that is one domain. Throws UserError where it has a domain level. */
export function singleDomain({ domains }: ImageLayout, path: string): readonly PlacedImage[] {
  if (domains.size === 1) return [...domains.values()][0]!;
  throw new UserError(
    'images-layout',
    `${path} has a level of folders above the classes (${listChoices([...domains.keys()].slice(0, 5), 'and')}); name one of them, or use data.folder.`,
    { file: path },
  );
}
