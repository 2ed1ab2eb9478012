/** 97.5 % point of the standard normal distribution. */
const z = 1.959963984540054;

/**
 * Wilson's 95 % score interval for a proportion p seen in n independent trials
 * (E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927).
 */
export function wilsonInterval(p: number, n: number): [low: number, high: number] {
  const z2 = (z * z) / n;
  const centre = (p + z2 / 2) / (1 + z2);
  const half = (z / (1 + z2)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
