/** Edits (insert, delete, replace, swap of neighbours) that turn one word into another; case does not count. */
export function editDistance(left: string, right: string): number {
  const a = left.toLowerCase();
  const b = right.toLowerCase();
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(replace, rows[i - 1]![j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      }
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** The known word that was most likely meant, if any is near enough to be worth saying. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  let best: { candidate: string; cost: number } | undefined;
  for (const candidate of known) {
    const near = editDistance(word, candidate);
    const starts = candidate.toLowerCase().startsWith(word.toLowerCase()) && word.length >= 3;
    const cost = starts ? Math.min(near, 1) : near;
    if (cost <= Math.max(1, Math.floor(word.length * 0.4)) && (!best || cost < best.cost)) best = { candidate, cost };
  }
  return best?.candidate;
}

/** `"a", "b" or "c"`. */
export function listChoices(words: readonly string[], conjunction = 'or'): string {
  const quoted = words.map((word) => `"${word}"`);
  if (quoted.length < 2) return quoted.join('');
  return `${quoted.slice(0, -1).join(', ')} ${conjunction} ${quoted.at(-1)!}`;
}
