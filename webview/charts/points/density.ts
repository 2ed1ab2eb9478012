import type { Camera, Frame, Points } from './model';

/** Counts and sums of colours, kept between pictures: clearing is cheaper than asking for memory. */
let bins = new Uint32Array(0);

/** Opacity of a pixel with a single point. */
const faintest = 70;

/**
 * Each pixel gets the mean colour of its points; its opacity grows with the logarithm of their number, from `faintest`
 * for one to opaque for the fullest pixel. Points that are not chosen count as a tenth where others are.
 */
export function drawDensity(
  { target, width, height }: Frame,
  { x, y, colour }: Points,
  camera: Camera,
  palette: readonly number[],
  shown: Uint8Array,
  chosen?: Uint8Array,
): void {
  const size = 4 * width * height;
  if (bins.length < size) bins = new Uint32Array(size);
  else bins.fill(0, 0, size);
  const { left, top } = camera;
  const [scaleX, scaleY] = [width / (camera.right - left), height / (top - camera.bottom)];
  // Ten parts a point, so that a tenth of one is whole.
  const red = Uint32Array.from(palette, (rgb) => (rgb >> 16) & 0xff);
  const green = Uint32Array.from(palette, (rgb) => (rgb >> 8) & 0xff);
  const blue = Uint32Array.from(palette, (rgb) => rgb & 0xff);
  for (let i = 0; i < x.length; i++) {
    const kind = colour[i]!;
    const px = (x[i]! - left) * scaleX;
    const py = (top - y[i]!) * scaleY;
    if (!(px >= 0 && px < width && py >= 0 && py < height) || shown[kind] !== 1) continue;
    const parts = chosen && chosen[i] !== 1 ? 1 : 10;
    const at = 4 * ((py | 0) * width + (px | 0));
    bins[at] = bins[at]! + parts;
    bins[at + 1] = bins[at + 1]! + parts * red[kind]!;
    bins[at + 2] = bins[at + 2]! + parts * green[kind]!;
    bins[at + 3] = bins[at + 3]! + parts * blue[kind]!;
  }
  let most = 10;
  for (let at = 0; at < size; at += 4) if (bins[at]! > most) most = bins[at]!;
  const opacity = opacities(most);
  for (let at = 0, pixel = 0; at < size; at += 4, pixel++) {
    const parts = bins[at]!;
    if (parts === 0) continue;
    const alpha = parts < opacity.length ? opacity[parts]! : opacityOf(parts, most);
    target[pixel] =
      ((alpha << 24) |
        (((bins[at + 3]! / parts) | 0) << 16) |
        (((bins[at + 2]! / parts) | 0) << 8) |
        ((bins[at + 1]! / parts) | 0)) >>>
      0;
  }
}

/** Opacity by parts; a table, since a logarithm for each pixel is most of the time. */
function opacities(most: number): Uint8Array {
  const length = Math.min(most, 1 << 16) + 1;
  return Uint8Array.from({ length }, (_, parts) => opacityOf(parts, most));
}

function opacityOf(parts: number, most: number): number {
  return Math.round(faintest + ((255 - faintest) * Math.log1p(parts / 10)) / Math.log1p(most / 10));
}
