/** A colour by perceived lightness [0, 1], chroma (0 is gray, vivid is about .2) and hue in radians. */
export interface Color {
  readonly lightness: number;
  readonly chroma: number;
  readonly hue: number;
}

/** sRGB in 0…255, clipped to the gamut. OKLCH to sRGB after Ottosson 2020, "A perceptual color space for image processing". */
export function rgb({ lightness, chroma, hue }: Color): [number, number, number] {
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const encode = (linear: number): number => {
    const x = Math.min(1, Math.max(0, linear));
    return Math.round(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055));
  };
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** `#rrggbb`. */
export function hex(color: Color): string {
  return '#' + rgb(color).map((v) => v.toString(16).padStart(2, '0')).join('');
}

export function lighter(color: Color, by: number): Color {
  return { ...color, lightness: Math.min(1, Math.max(0, color.lightness + by)) };
}
