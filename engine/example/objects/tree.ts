import type { Random } from '../../data/random';
import { arc, area, band, line, spline, type Part, type Point } from '../geometry';

/** A broad-leaved tree, a poplar or a fir. */
export function tree(random: Random): Part[] {
  const kind = random.next();
  return kind < 0.35 ? fir(random) : broadLeaved(random, kind > 0.8);
}

function trunk(random: Random, top: number, width: number): Part {
  const lean = random.uniform(-0.08, 0.08);
  const spine: Point[] = [
    [0, 0.97],
    [lean, 0.75],
    [lean, 0.5],
    [0, top],
  ];
  return area(
    band(spline(spine, false, 4), (t) => width * (1.5 - 0.8 * Math.min(1, 2 * t))),
    'second',
  );
}

function fir(random: Random): Part[] {
  const tiers = 2 + random.below(3);
  const wide = random.uniform(0.5, 0.75);
  const top = -0.97;
  const bottom = random.uniform(0.5, 0.68);
  const parts = [trunk(random, 0.4, random.uniform(0.14, 0.2))];
  const sag = random.uniform(0, 0.08);
  for (let i = tiers - 1; i >= 0; i--) {
    const low = top + ((bottom - top) * (i + 1)) / tiers;
    const high = i === 0 ? top : top + ((bottom - top) * (i - 0.35)) / tiers;
    const half = wide * (0.5 + (0.5 * (i + 1)) / tiers);
    parts.push(
      area(
        [
          [0, high],
          [half, low],
          [half * 0.4, low + sag],
          [-half * 0.4, low + sag],
          [-half, low],
        ],
        'main',
      ),
    );
  }
  return parts;
}

function broadLeaved(random: Random, poplar: boolean): Part[] {
  const u = (low: number, high: number): number => random.uniform(low, high);
  const width = poplar ? u(0.38, 0.5) : u(0.68, 0.88);
  const height = poplar ? u(0.68, 0.78) : u(0.52, 0.66);
  const center: Point = [0, -0.97 + height];
  const at = (angle: number, share: number): Point => [
    center[0] + Math.cos(angle) * width * share,
    center[1] + Math.sin(angle) * height * share,
  ];
  const lobes = poplar ? 0 : 6 + random.below(5);
  const depth = poplar ? 0 : u(0.1, 0.18);
  const turn = u(0, 2 * Math.PI);
  const lump = u(0, 0.06);
  // Round lobes that meet in notches, as leaves are drawn in outline: 1 − depth in the notch, 1 at the crest.
  const crown = Array.from({ length: 72 }, (_, i): Point => {
    const angle = turn + (2 * Math.PI * i) / 72;
    const crest = Math.abs(Math.sin((lobes * (angle - turn)) / 2)) ** 0.7;
    return at(angle, 1 - depth + depth * crest + lump * Math.sin(3 * angle + turn));
  });
  const wood = u(0.17, 0.27);
  const parts = [trunk(random, center[1] + height * 0.5, wood), area(crown, 'main')];
  if (random.chance(0.35))
    for (let i = 0; i < 3 + random.below(4); i++)
      parts.push(area(arc(at(u(0, 2 * Math.PI), u(0.15, 0.7)), 0.08, 0.08), 'third'));
  else if (random.chance(0.6)) {
    // A second line of leaves along one side, where the light does not reach.
    const [from, share] = [u(0, Math.PI), u(0.55, 0.7)];
    const leaves = Array.from({ length: 20 }, (_, i) => {
      const angle = from + (i / 19) * 1.5;
      return at(angle, share + 0.1 * Math.abs(Math.sin(angle * 4)));
    });
    parts.push(line(leaves, 'third', 0.06));
  }
  if (random.chance(0.5)) {
    const fork: Point = [0, center[1] + height * u(0.55, 0.75)];
    parts.push(line([[0, center[1] + height], fork], 'second', wood * 0.6));
    for (const side of [-1, 1])
      parts.push(line([fork, [side * width * u(0.2, 0.4), center[1] + height * u(0.1, 0.35)]], 'second', 0.07));
  }
  return parts;
}
