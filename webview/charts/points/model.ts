/** Points as columns of numbers; point i is (x[i], y[i]). A point with a coordinate that is no number is not drawn. */
export interface Points {
  readonly x: Float32Array | Float64Array;
  readonly y: Float32Array | Float64Array;
  /** Index of each point's colour in the palette. */
  readonly colour: Uint16Array;
  /** Index of each point's shape; without it all are discs. */
  readonly shape?: Uint8Array;
}

/** The part of the plane that the picture shows. `top` is larger than `bottom`. */
export interface Camera {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** A picture being drawn: words of RGBA bytes, row by row. */
export interface Frame {
  readonly target: Uint32Array;
  readonly width: number;
  readonly height: number;
}
