import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { Cancelled, UserError } from '../errors';
import { hashJson } from '../run/hash';
import { claimFolder, markFinished } from './marker';
import { objectNames, type ObjectName } from './objects';
import { picturesPerSheet, renderPictures, type Picture } from './render';
import { exampleMethodsStudy, exampleStudy } from './study';
import { styleNames, type StyleName } from './styles';

/** Raised whenever the same options give other pictures than before. */
const pictureVersion = 1;

export const exampleStudyName = 'sketch-photo.eigenprobe.json';
export const exampleMethodsName = 'methods.eigenprobe.json';

export interface ExampleOptions {
  /** Unsigned 32-bit. */
  seed: number;
  /** Images of each class in each domain, 240 by default. */
  perCell?: number;
  /** Side of an image in pixels, 32 by default. */
  size?: number;
  /** `sketch` and `photo` by default. */
  domains?: readonly StyleName[];
  /** All by default. */
  classes?: readonly ObjectName[];
  /** Also a further domain, in a folder of its own, and a study that compares methods with it. By default not. */
  extra?: boolean;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/**
 * Writes the built-in example: `<folder>/images/<domain>/<class>/0001.png` (RGB) and a study file beside it.
 * A folder that already holds it is left as it is; one that was interrupted is drawn again. A study file that is
 * there is never overwritten.
 * @throws UserError if an option is out of range or the folder holds something else
 * @throws Cancelled if the signal is aborted
 */
export async function generateExample(
  folder: string,
  options: ExampleOptions,
): Promise<{ studyPath: string; methodsStudyPath?: string; images: number }> {
  const { onProgress, signal } = options;
  const plan = checked(options);
  const pictures = [...plan.domains, ...plan.extra].flatMap((domain) =>
    plan.classes.flatMap((className) =>
      Array.from({ length: plan.perCell }, (_, index): Picture => ({ domain, className, index })),
    ),
  );
  const { extra, ...rest } = plan;
  const hash = hashJson({ pictureVersion, ...rest, ...(extra.length > 0 && { extra }) });
  const state = await claimFolder(folder, hash);
  if (state === 'to do' || !(await complete(folder, plan))) {
    await draw(folder, pictures, plan, onProgress, signal);
    await markFinished(folder, hash);
  }
  const studyPath = join(folder, exampleStudyName);
  await writeOnce(studyPath, exampleStudy(plan));
  const [further] = extra;
  const methodsStudyPath = further && join(folder, exampleMethodsName);
  if (methodsStudyPath)
    await writeOnce(methodsStudyPath, exampleMethodsStudy(plan, further, (domain) => domainFolder(domain, plan)));
  onProgress?.(pictures.length, pictures.length);
  return { studyPath, ...(methodsStudyPath && { methodsStudyPath }), images: pictures.length };
}

async function writeOnce(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

type Plan = Required<Pick<ExampleOptions, 'seed' | 'perCell' | 'size' | 'domains' | 'classes'>> & {
  /** At most one, beside two domains. */
  readonly extra: readonly StyleName[];
};

function checked({
  seed,
  perCell = 240,
  size = 32,
  domains = ['sketch', 'photo'],
  classes = objectNames,
  extra = false,
}: ExampleOptions): Plan {
  const whole = (name: string, value: number, low: number, high: number): void => {
    if (!Number.isInteger(value) || value < low || value > high)
      throw new UserError(
        'example-option',
        `The example's ${name} must be a whole number from ${low} to ${high}, not ${value}.`,
      );
  };
  whole('seed', seed, 0, 0xffffffff);
  whole('images per class and domain', perCell, 1, 9999);
  whole('image size', size, 16, 256);
  const names = (what: string, given: readonly string[], known: readonly string[], least: number): void => {
    const stranger = given.find((name) => !known.includes(name));
    if (stranger !== undefined || new Set(given).size < Math.max(least, given.length))
      throw new UserError(
        'example-option',
        `The example's ${what} must be at least ${least} different ones of ${known.join(', ')}; got ${given.join(', ') || 'none'}.`,
      );
  };
  names('domains', domains, styleNames, 1);
  names('classes', classes, objectNames, 2);
  const others = extra && domains.length > 1 ? styleNames.filter((name) => !domains.includes(name)).slice(0, 1) : [];
  return { seed, perCell, size, domains, classes, extra: others };
}

/** Relative to the example's folder, with forward slashes, as a study names it. */
function domainFolder(domain: string, { extra }: Pick<Plan, 'extra'>): string {
  return `${(extra as readonly string[]).includes(domain) ? 'extra' : 'images'}/${domain}`;
}

function cellFolder(folder: string, domain: string, className: string, plan: Pick<Plan, 'extra'>): string {
  return join(folder, domainFolder(domain, plan), className);
}

async function complete(folder: string, plan: Plan): Promise<boolean> {
  const { domains, extra, classes, perCell } = plan;
  for (const domain of [...domains, ...extra])
    for (const className of classes) {
      const names = await readdir(cellFolder(folder, domain, className, plan)).catch(() => []);
      if (names.filter((name) => /^\d{4}\.png$/.test(name)).length < perCell) return false;
    }
  return true;
}

async function draw(
  folder: string,
  pictures: readonly Picture[],
  plan: Plan,
  onProgress?: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { seed, size, domains, extra, classes } = plan;
  for (const domain of [...domains, ...extra])
    for (const className of classes) await mkdir(cellFolder(folder, domain, className, plan), { recursive: true });
  const sheet = picturesPerSheet(size);
  for (let from = 0; from < pictures.length; from += sheet) {
    if (signal?.aborted) throw new Cancelled();
    onProgress?.(from, pictures.length);
    const batch = pictures.slice(from, from + sheet);
    const images = await renderPictures(batch, seed, size);
    await Promise.all(
      batch.map(async ({ domain, className, index }, i) => {
        const name = `${String(index + 1).padStart(4, '0')}.png`;
        const path = join(cellFolder(folder, domain, className, plan), name);
        const png = sharp(images[i]!, { raw: { width: size, height: size, channels: 3 } }).png();
        await writeFile(path, await png.toBuffer());
      }),
    );
  }
}
