export interface EigenvectorEnds {
  /** Rows with the lowest values, lowest first. */
  readonly low: number[];
  /** Rows with the highest values, highest first. */
  readonly high: number[];
}

/** The rows at both ends of column i of n × count values; ties go to the smaller row. */
export function eigenvectorEnds(
  values: Float32Array,
  n: number,
  count: number,
  column: number,
  each: number,
): EigenvectorEnds {
  const end = (sign: 1 | -1): number[] => {
    const best: number[] = [];
    for (let x = 0; x < n; x++) {
      const value = sign * values[x * count + column]!;
      const at = (row: number) => sign * values[row * count + column]!;
      if (best.length === each && value <= at(best[each - 1]!)) continue;
      let place = best.length;
      while (place > 0 && at(best[place - 1]!) < value) place--;
      best.splice(place, 0, x);
      if (best.length > each) best.pop();
    }
    return best;
  };
  return { low: end(-1), high: end(1) };
}
