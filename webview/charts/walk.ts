import type { Chart } from 'chart.js';

/** Where the arrow keys lead from a place among data sets of these lengths; undefined keys stay where they are. */
export function nextPlace(
  key: string,
  place: { set: number; index: number } | undefined,
  lengths: readonly number[],
): { set: number; index: number } | undefined {
  const filled = lengths.flatMap((length, set) => (length > 0 ? [set] : []));
  if (filled.length === 0) return undefined;
  if (!place)
    return ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].includes(key)
      ? { set: filled[0]!, index: 0 }
      : undefined;
  const length = lengths[place.set] ?? 0;
  const at = filled.indexOf(place.set);
  const along = (step: number): { set: number; index: number } => {
    const set = filled[(at + step + filled.length) % filled.length]!;
    return { set, index: Math.min(place.index, lengths[set]! - 1) };
  };
  switch (key) {
    case 'ArrowRight':
      return { ...place, index: (place.index + 1) % length };
    case 'ArrowLeft':
      return { ...place, index: (place.index - 1 + length) % length };
    case 'ArrowDown':
      return along(1);
    case 'ArrowUp':
      return along(-1);
    case 'Home':
      return { ...place, index: 0 };
    case 'End':
      return { ...place, index: length - 1 };
    default:
      return undefined;
  }
}

/** Lets the arrow keys walk from point to point: the tooltip follows, and its text is spoken. Escape leaves. */
export function keyboardWalk(canvas: HTMLCanvasElement, current: () => Chart | undefined, spoken: HTMLElement): void {
  let place: { set: number; index: number } | undefined;
  const show = (chart: Chart): void => {
    const active = place ? [{ datasetIndex: place.set, index: place.index }] : [];
    chart.setActiveElements(active);
    chart.tooltip?.setActiveElements(active, { x: 0, y: 0 });
    chart.update();
    const tooltip = chart.tooltip;
    spoken.textContent =
      place && tooltip ? [...tooltip.title, ...tooltip.body.flatMap(({ lines }) => lines)].join(', ') : '';
  };
  canvas.addEventListener('keydown', (event) => {
    const chart = current();
    if (!chart) return;
    if (event.key === 'Escape' && place) place = undefined;
    else {
      const lengths = chart.data.datasets.map((set, i) => (chart.isDatasetVisible(i) ? set.data.length : 0));
      const next = nextPlace(event.key, place, lengths);
      if (!next) return;
      place = next;
    }
    event.preventDefault();
    show(chart);
  });
  canvas.addEventListener('blur', () => {
    const chart = current();
    place = undefined;
    if (chart?.canvas) show(chart);
  });
}
