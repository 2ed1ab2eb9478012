import { h, styled } from './dom';

/** The card beside a point: its picture, and what is known of it. */
export class HoverCard {
  private readonly image = h('div', { class: 'hover-image' });
  private readonly text = h('div');
  private readonly element = h(
    'div',
    { class: 'hover-card', 'aria-hidden': 'true', hidden: true },
    this.image,
    this.text,
  );

  show(frame: HTMLElement, at: { x: number; y: number }, lines: readonly string[], picture?: HTMLElement): void {
    if (this.element.parentElement !== frame) frame.append(this.element);
    const [name = '', ...rest] = lines;
    this.text.replaceChildren(h('strong', {}, name), ...rest.map((line) => h('span', {}, line)));
    this.image.replaceChildren(...(picture ? [picture] : []));
    this.image.hidden = !picture;
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
