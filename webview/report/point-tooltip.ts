import type { SampleView, SpectrumView } from '../../engine/report/payload';
import { h, styled } from '../charts/dom';

/** Side that a thumbnail is drawn at, in pixels. */
const shownSide = 72;

/** The card beside a point: its image, name, class, domain and cluster. */
export class PointTooltip {
  private readonly image = h('div', { class: 'thumbnail' });
  private readonly text = h('div');
  private readonly element = h('div', { class: 'point-tooltip', 'aria-hidden': 'true' }, this.image, this.text);

  private readonly sample: SampleView;

  constructor(private readonly view: SpectrumView) {
    this.sample = view.sample;
    const { thumbnails } = this.sample;
    if (!thumbnails) {
      this.image.hidden = true;
      return;
    }
    const scale = shownSide / Math.max(thumbnails.width, thumbnails.height);
    styled(this.image, {
      width: `${thumbnails.width * scale}px`,
      height: `${thumbnails.height * scale}px`,
      'background-image': `url("${thumbnails.url}")`,
      'background-size': `${thumbnails.across * 100}% ${thumbnails.down * 100}%`,
    });
  }

  /** Name, class, domain and cluster of a point. */
  describe(point: number): string[] {
    const { labels, domains, clusters, names } = this.sample;
    const label = labels[point] ?? -1;
    return [
      names[point] ?? '',
      label < 0 ? 'no label' : (this.view.classNames[label] ?? `class ${label}`),
      this.view.domainNames[domains[point]!] ?? '',
      `cluster ${clusters[point]! + 1}`,
    ].filter((line) => line !== '');
  }

  show(canvas: HTMLCanvasElement, point: number, at: { x: number; y: number }): void {
    const frame = canvas.parentElement;
    if (!frame) return;
    if (this.element.parentElement !== frame) frame.append(this.element);
    const [name = '', ...rest] = this.describe(point);
    this.text.replaceChildren(h('strong', {}, name), ...rest.map((line) => h('span', {}, line)));
    const { thumbnails } = this.sample;
    if (thumbnails) {
      const share = (index: number, count: number): string => (count > 1 ? `${(100 * index) / (count - 1)}%` : '0');
      const [column, row] = [point % thumbnails.across, Math.floor(point / thumbnails.across)];
      this.image.style.backgroundPosition = `${share(column, thumbnails.across)} ${share(row, thumbnails.down)}`;
    }
    this.element.hidden = false;
    const { offsetWidth, offsetHeight } = this.element;
    const beside = at.x + 14 + offsetWidth > frame.clientWidth ? at.x - 14 - offsetWidth : at.x + 14;
    styled(this.element, {
      left: `${Math.max(0, beside)}px`,
      top: `${Math.max(0, Math.min(at.y - offsetHeight / 2, frame.clientHeight - offsetHeight))}px`,
    });
  }

  hide(): void {
    this.element.hidden = true;
  }
}
