import type { Random } from '../../data/random';
import { hex, type Color } from '../color';
import { subdivided, type Part, type Point } from '../geometry';
import { addGray, smoothNoise } from './pixels';
import { pathData, type Style } from './style';

/** How one person holds one pencil: drawn once an image. */
interface Hand {
  ink: string;
  paper: string;
  width: number;
  wobble: number;
  gaps: number;
  retrace: number;
}

/** A line drawing: wobbling pencil strokes of varying width with gaps, on light, slightly textured paper. */
export const sketch: Style = {
  draw(parts, random) {
    const hand = drawHand(random);
    const shade = random.chance(0.3) ? random.uniform(0.2, 0.5) : 0;
    // Some drawings are toned with the flat of the pencil, each of the object's colours to its own depth.
    const toned = random.chance(0.55) ? random.uniform(0.15, 0.75) : 0;
    const tone = { main: toned, second: toned * random.next(), third: toned * random.next(), dark: 0.6, light: 0 };
    const svg = [`<rect width="100" height="100" fill="${hand.paper}"/>`];
    for (const part of parts) {
      const outline = wobbled(part, hand, random);
      // The paper's own colour under each area hides the lines of what lies behind it.
      if (part.closed) svg.push(`<path d="${pathData(outline, true)}" fill="${hand.paper}"/>`);
      const depth = part.paint === 'dark' && random.chance(0.4) ? 0 : tone[part.paint];
      if (part.closed && depth > 0)
        svg.push(`<path d="${pathData(outline, true)}" fill="${hand.ink}" fill-opacity="${depth.toFixed(2)}"/>`);
      else if (part.closed && part.paint !== 'light' && shade > 0 && random.chance(0.6))
        svg.push(hatching(outline, shade, hand, random));
      svg.push(strokes(outline, hand, random));
      if (random.chance(hand.retrace)) svg.push(strokes(wobbled(part, hand, random), hand, random));
    }
    return svg.join('');
  },

  finish(pixels, size, random) {
    const grain = random.uniform(2, 7);
    const light = random.uniform(0, 14);
    addGray(pixels, smoothNoise(size, 2, random), light);
    addGray(pixels, smoothNoise(size, Math.round(size / 2), random), grain);
    for (let i = 0; i < pixels.length; i++) pixels[i]! += 2 * random.normal();
  },
};

function drawHand(random: Random): Hand {
  const tinted = random.chance(0.4);
  const paper: Color = {
    lightness: random.uniform(0.88, 0.99),
    chroma: tinted ? random.uniform(0.02, 0.06) : random.uniform(0, 0.01),
    hue: random.uniform(0, 2 * Math.PI),
  };
  const ink: Color = {
    lightness: random.uniform(0.18, 0.45),
    chroma: random.chance(0.25) ? random.uniform(0.05, 0.12) : 0.01,
    hue: random.uniform(0, 2 * Math.PI),
  };
  return {
    ink: hex(ink),
    paper: hex(paper),
    width: random.uniform(2.2, 4.4),
    wobble: random.uniform(0.3, 1.3),
    gaps: random.uniform(0, 0.3),
    retrace: random.chance(0.4) ? random.uniform(0.2, 0.7) : 0,
  };
}

/** The part's outline as a hand would follow it: slow sinusoidal drift along the way, amplitude in frame units. */
function wobbled(part: Part, hand: Hand, random: Random): Point[] {
  const points = subdivided(part.points, part.closed, 3);
  const waves = Array.from({ length: 6 }, (_, i) => ({
    axis: i % 2,
    rate: random.uniform(0.03, 0.35),
    phase: random.uniform(0, 2 * Math.PI),
  }));
  const drift: Point = [0.5 * hand.wobble * random.normal(), 0.5 * hand.wobble * random.normal()];
  let way = 0;
  return points.map(([x, y], i) => {
    const before = points[Math.max(0, i - 1)]!;
    way += Math.hypot(x - before[0], y - before[1]);
    const off = [drift[0], drift[1]];
    for (const wave of waves) off[wave.axis]! += 0.6 * hand.wobble * Math.sin(wave.rate * way + wave.phase);
    return [x + off[0]!, y + off[1]!];
  });
}

/** The polyline as separate strokes, each with its own pressure, some lifted too early. */
function strokes(points: readonly Point[], hand: Hand, random: Random): string {
  const svg: string[] = [];
  let from = 0;
  while (from < points.length - 1) {
    const to = Math.min(points.length - 1, from + 4 + random.below(12));
    const lift = to - from > 4 && random.chance(hand.gaps) ? 1 + random.below(3) : 0;
    const width = hand.width * random.uniform(0.7, 1.3);
    const opacity = random.uniform(0.65, 1);
    svg.push(
      `<path d="${pathData(points.slice(from, to + 1 - lift), false)}" fill="none" stroke="${hand.ink}" ` +
        `stroke-width="${width.toFixed(1)}" stroke-opacity="${opacity.toFixed(2)}" stroke-linecap="round" stroke-linejoin="round"/>`,
    );
    from = to;
  }
  return svg.join('');
}

/** Parallel pencil lines inside an area: crossings of each line with the outline, filled pairwise. */
function hatching(outline: readonly Point[], opacity: number, hand: Hand, random: Random): string {
  const angle = random.uniform(0.3, 1.2);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turned = outline.map(([x, y]): Point => [cos * x + sin * y, cos * y - sin * x]);
  const heights = turned.map((p) => p[1]);
  const spacing = random.uniform(4.5, 7);
  let path = '';
  for (let y = Math.min(...heights) + spacing / 2; y < Math.max(...heights); y += spacing) {
    const crossings: number[] = [];
    turned.forEach((a, i) => {
      const b = turned[(i + 1) % turned.length]!;
      if (a[1] <= y !== b[1] <= y) crossings.push(a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0]));
    });
    crossings.sort((a, b) => a - b);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      const ends = [crossings[k]!, crossings[k + 1]!].map((x): Point => [cos * x - sin * y, sin * x + cos * y]);
      path += pathData(ends, false);
    }
  }
  return `<path d="${path}" fill="none" stroke="${hand.ink}" stroke-width="1.5" stroke-opacity="${opacity.toFixed(2)}"/>`;
}
