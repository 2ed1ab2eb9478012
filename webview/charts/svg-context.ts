/** A place in the picture under the transform at that time. */
interface Matrix {
  a: number;
  b: number;
  c: number;
  d: number;
  e: number;
  f: number;
}

interface State {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  font: string;
  textAlign: string;
  textBaseline: string;
  globalAlpha: number;
  lineCap: string;
  lineJoin: string;
  dash: readonly number[];
  matrix: Matrix;
  clip: string;
}

const identity: Matrix = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };
const anchors: Record<string, string> = { left: 'start', start: 'start', center: 'middle', right: 'end', end: 'end' };
const baselines: Record<string, number> = { top: 0.8, hanging: 0.8, middle: 0.35, alphabetic: 0, bottom: -0.2 };

/**
 * The part of CanvasRenderingContext2D that charts draw with, writing SVG. Text is measured by a real canvas. What it
 * draws lies in the coordinates of the canvas, one unit a CSS pixel.
 */
export class SvgContext {
  canvas: unknown;
  private readonly parts: string[] = [];
  private readonly clips: string[] = [];
  private readonly stack: State[] = [];
  private path = '';
  private readonly ruler = document.createElement('canvas').getContext('2d')!;
  private state: State = {
    ...{ fillStyle: '#000', strokeStyle: '#000', lineWidth: 1, font: '12px sans-serif', globalAlpha: 1 },
    ...{ textAlign: 'start', textBaseline: 'alphabetic', lineCap: 'butt', lineJoin: 'miter' },
    ...{ dash: [], matrix: identity, clip: '' },
  };
  lineDashOffset = 0;
  miterLimit = 10;
  shadowBlur = 0;
  shadowColor = '';
  imageSmoothingEnabled = true;

  get fillStyle(): string {
    return this.state.fillStyle;
  }
  set fillStyle(value: unknown) {
    this.state.fillStyle = String(value);
  }
  get strokeStyle(): string {
    return this.state.strokeStyle;
  }
  set strokeStyle(value: unknown) {
    this.state.strokeStyle = String(value);
  }
  get lineWidth(): number {
    return this.state.lineWidth;
  }
  set lineWidth(value: number) {
    this.state.lineWidth = value;
  }
  get font(): string {
    return this.state.font;
  }
  set font(value: string) {
    this.state.font = value;
  }
  get textAlign(): string {
    return this.state.textAlign;
  }
  set textAlign(value: string) {
    this.state.textAlign = value;
  }
  get textBaseline(): string {
    return this.state.textBaseline;
  }
  set textBaseline(value: string) {
    this.state.textBaseline = value;
  }
  get globalAlpha(): number {
    return this.state.globalAlpha;
  }
  set globalAlpha(value: number) {
    this.state.globalAlpha = value;
  }
  get lineCap(): string {
    return this.state.lineCap;
  }
  set lineCap(value: string) {
    this.state.lineCap = value;
  }
  get lineJoin(): string {
    return this.state.lineJoin;
  }
  set lineJoin(value: string) {
    this.state.lineJoin = value;
  }

  /** The whole picture. */
  svg(width: number, height: number, background: string, title: string): string {
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
      `<title>${escape(title)}</title>`,
      this.clips.length > 0 ? `<defs>${this.clips.join('')}</defs>` : '',
      `<rect width="${width}" height="${height}" fill="${escape(background)}"/>`,
      ...this.parts,
      '</svg>',
    ].join('\n');
  }

  save(): void {
    this.stack.push({ ...this.state });
  }
  restore(): void {
    this.state = this.stack.pop() ?? this.state;
  }
  setTransform(a: number | Matrix = identity, b = 0, c = 0, d = 1, e = 0, f = 0): void {
    this.state.matrix = typeof a === 'number' ? { a, b, c, d, e, f } : { ...a };
  }
  resetTransform(): void {
    this.state.matrix = identity;
  }
  translate(x: number, y: number): void {
    this.multiply({ ...identity, e: x, f: y });
  }
  scale(x: number, y: number): void {
    this.multiply({ ...identity, a: x, d: y });
  }
  rotate(angle: number): void {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.multiply({ a: cos, b: sin, c: -sin, d: cos, e: 0, f: 0 });
  }
  private multiply(n: Matrix): void {
    const m = this.state.matrix;
    this.state.matrix = {
      ...{ a: m.a * n.a + m.c * n.b, b: m.b * n.a + m.d * n.b, c: m.a * n.c + m.c * n.d, d: m.b * n.c + m.d * n.d },
      ...{ e: m.a * n.e + m.c * n.f + m.e, f: m.b * n.e + m.d * n.f + m.f },
    };
  }
  private at(x: number, y: number): string {
    const m = this.state.matrix;
    return `${short(m.a * x + m.c * y + m.e)} ${short(m.b * x + m.d * y + m.f)}`;
  }

  beginPath(): void {
    this.path = '';
  }
  moveTo(x: number, y: number): void {
    this.path += `M${this.at(x, y)}`;
  }
  lineTo(x: number, y: number): void {
    this.path += `${this.path === '' ? 'M' : 'L'}${this.at(x, y)}`;
  }
  closePath(): void {
    if (this.path !== '') this.path += 'Z';
  }
  bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void {
    this.path += `C${this.at(x1, y1)} ${this.at(x2, y2)} ${this.at(x, y)}`;
  }
  quadraticCurveTo(x1: number, y1: number, x: number, y: number): void {
    this.path += `Q${this.at(x1, y1)} ${this.at(x, y)}`;
  }
  rect(x: number, y: number, width: number, height: number): void {
    this.path += `M${this.at(x, y)}L${this.at(x + width, y)}L${this.at(x + width, y + height)}L${this.at(x, y + height)}Z`;
  }
  arc(x: number, y: number, radius: number, from: number, to: number, anticlockwise = false): void {
    this.ellipse(x, y, radius, radius, 0, from, to, anticlockwise);
  }
  ellipse(
    x: number,
    y: number,
    rx: number,
    ry: number,
    turn: number,
    from: number,
    to: number,
    anticlockwise = false,
  ): void {
    // A few chords a radian: charts draw small circles and corners.
    let sweep = to - from;
    if (anticlockwise && sweep > 0) sweep -= 2 * Math.PI;
    if (!anticlockwise && sweep < 0) sweep += 2 * Math.PI;
    const steps = Math.max(4, Math.ceil(Math.abs(sweep) * 5));
    for (let i = 0; i <= steps; i++) {
      const angle = from + (sweep * i) / steps;
      const [u, v] = [rx * Math.cos(angle), ry * Math.sin(angle)];
      this.lineTo(x + u * Math.cos(turn) - v * Math.sin(turn), y + u * Math.sin(turn) + v * Math.cos(turn));
    }
  }
  arcTo(x1: number, y1: number, _x2: number, _y2: number, _radius: number): void {
    this.lineTo(x1, y1);
  }
  clip(): void {
    const id = `clip${this.clips.length}`;
    // Two clips hold together: the inner one is clipped by the outer.
    const outer = this.state.clip === '' ? '' : ` clip-path="url(#${this.state.clip})"`;
    this.clips.push(`<clipPath id="${id}"${outer}><path d="${this.path}"/></clipPath>`);
    this.state.clip = id;
  }
  setLineDash(dash: readonly number[]): void {
    this.state.dash = dash;
  }
  getLineDash(): readonly number[] {
    return this.state.dash;
  }

  fill(): void {
    if (this.path !== '' && isVisible(this.state.fillStyle))
      this.add(`<path d="${this.path}" ${this.paint('fill', this.state.fillStyle)}`);
  }
  stroke(): void {
    if (this.path === '' || !isVisible(this.state.strokeStyle) || this.state.lineWidth <= 0) return;
    const { dash, lineWidth, lineCap, lineJoin } = this.state;
    const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(' ')}"` : '';
    this.add(
      `<path d="${this.path}" fill="none" ${this.paint('stroke', this.state.strokeStyle)} stroke-width="${short(lineWidth)}" stroke-linecap="${lineCap}" stroke-linejoin="${lineJoin}"${dashes}`,
    );
  }
  fillRect(x: number, y: number, width: number, height: number): void {
    const kept = this.path;
    this.path = '';
    this.rect(x, y, width, height);
    this.fill();
    this.path = kept;
  }
  strokeRect(x: number, y: number, width: number, height: number): void {
    const kept = this.path;
    this.path = '';
    this.rect(x, y, width, height);
    this.stroke();
    this.path = kept;
  }
  clearRect(): void {
    // The picture begins empty, and charts clear before they draw.
  }
  fillText(text: string, x: number, y: number): void {
    const { matrix: m, font, textAlign, textBaseline, fillStyle } = this.state;
    const size = Number(/([\d.]+)px/.exec(font)?.[1] ?? 12);
    const weight = /\b([1-9]00|bold)\b/.exec(font)?.[1] ?? '400';
    const family = font.replace(/^.*?px(\/\S+)?\s*/, '');
    this.add(
      `<text transform="matrix(${[m.a, m.b, m.c, m.d, m.e, m.f].map(short).join(' ')})" x="${short(x)}" y="${short(y + (baselines[textBaseline] ?? 0) * size)}" ` +
        `font-family="${escape(family)}" font-size="${short(size)}" font-weight="${weight}" text-anchor="${anchors[textAlign] ?? 'start'}" ${this.paint('fill', fillStyle)}`,
      `${escape(text)}</text>`,
    );
  }
  strokeText(): void {
    // Charts outline no text.
  }
  measureText(text: string): TextMetrics {
    this.ruler.font = this.state.font;
    return this.ruler.measureText(text);
  }
  drawImage(image: unknown, x: number, y: number, width: number, height: number): void {
    const url = image instanceof HTMLCanvasElement ? image.toDataURL() : undefined;
    if (url === undefined) return;
    const m = this.state.matrix;
    this.add(
      `<image transform="matrix(${[m.a, m.b, m.c, m.d, m.e, m.f].map(short).join(' ')})" x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" preserveAspectRatio="none" href="${url}"`,
    );
  }

  private paint(what: 'fill' | 'stroke', style: string): string {
    const alpha = this.state.globalAlpha < 1 ? ` ${what}-opacity="${short(this.state.globalAlpha)}"` : '';
    return `${what}="${escape(style)}"${alpha}`;
  }

  private add(open: string, rest?: string): void {
    const clip = this.state.clip === '' ? '' : ` clip-path="url(#${this.state.clip})"`;
    this.parts.push(`${open}${clip}${rest === undefined ? '/>' : `>${rest}`}`);
  }
}

function isVisible(style: string): boolean {
  return style !== 'transparent' && !/^rgba\(.*,\s*0\)$/.test(style);
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
