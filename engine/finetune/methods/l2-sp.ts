import { isHead, type Plan, type PlanInput } from './plan';

/**
 * L2-SP (Li, Grandvalet, Davoine 2018): cross-entropy + α/2 ‖w − w₀‖² + β/2 ‖v‖², w₀ the pretrained encoder's weights,
 * v the head's. A head that starts from the probe's is pulled back to that one. The strongest pull comes first, so that
 * of equals it is kept.
 */
export function l2sp({ settings: { l2sp: options } }: PlanInput): Plan {
  const { strengths, head, start } = options;
  const headTowards = start === 'probe' ? 'start' : 'zero';
  return {
    start,
    variants: [...strengths]
      .sort((a, b) => b - a)
      .map((strength) => ({
        strength,
        pull: (name) =>
          isHead(name) ? { strength: head, towards: headTowards } : { strength, towards: 'start' as const },
      })),
  };
}
