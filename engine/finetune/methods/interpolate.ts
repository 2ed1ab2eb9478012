import { isBuffer, type Parameters } from '../../model/parameters';

/**
 * (1 − α) · from + α · to, array by array (WiSE-FT, Wortsman et al. 2022). Running statistics are mixed like weights;
 * they belong to no network in between unless both ends share them (see `sharesStatistics`). Throws RangeError where
 * the two are not of one network.
 */
export function interpolate(from: Parameters, to: Parameters, alpha: number): Parameters {
  const names = Object.keys(from);
  if (names.length !== Object.keys(to).length) throw new RangeError('The two networks have different parameters.');
  return Object.fromEntries(
    names.map((name) => {
      const [a, b] = [from[name]!, to[name]];
      if (!b || String(b.shape) !== String(a.shape))
        throw new RangeError(`${name} is not of one shape in both networks.`);
      const data = Float32Array.from(a.data, (value, i) => (1 - alpha) * value + alpha * b.data[i]!);
      return [name, { shape: a.shape, data }];
    }),
  );
}

/** True where both networks have the same running statistics, as fine-tuning with frozen batch normalisation leaves them. */
export function sharesStatistics(a: Parameters, b: Parameters): boolean {
  return Object.keys(a)
    .filter(isBuffer)
    .every((name) => a[name]!.data.every((value, i) => value === b[name]?.data[i]));
}
