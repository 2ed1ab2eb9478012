/**
 * Linear warm-up to the base rate, then cosine decay to zero over the remaining steps.
 * @param step from 0 on
 */
export function cosineRate(base: number, step: number, steps: number, warmupSteps: number): number {
  const warmup = Math.min(warmupSteps, Math.floor(steps / 2));
  if (step < warmup) return (base * (step + 1)) / warmup;
  return 0.5 * base * (1 + Math.cos((Math.PI * (step - warmup)) / Math.max(1, steps - warmup)));
}
