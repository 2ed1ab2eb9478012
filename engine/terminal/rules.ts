/** A drawn table with the rule under the head alone: a rule under every row makes small tables hard to read. */
export function withoutInnerRules(table: string): string {
  let rules = 0;
  return table
    .split('\n')
    .filter((line) => !line.startsWith('├') || rules++ === 0)
    .join('\n');
}
