/** Samples of one class in one domain. */
export interface CellCount {
  domain: string;
  className: string;
  count: number;
}

/** Samples by domain and class from the data stage's details. */
export function readCounts(details: Record<string, unknown> | undefined): CellCount[] {
  const { counts, classNames, domainNames } = details ?? {};
  if (!Array.isArray(counts) || !Array.isArray(classNames) || !Array.isArray(domainNames)) return [];
  return domainNames.flatMap((domain: unknown, d) =>
    classNames.map((className: unknown, c) => {
      const splits: unknown = (counts[d] as unknown[] | undefined)?.[c];
      const count = Array.isArray(splits) ? splits.reduce((sum: number, n: unknown) => sum + Number(n), 0) : 0;
      return { domain: String(domain), className: String(className), count };
    }),
  );
}
