import type { backend_util } from '../tensorflow';
import type { Value } from '../trace/values';
import type { Lowering } from './lowering';
import {
  filterPoints,
  imagesLast,
  outer,
  pixelsOfTiles,
  points,
  sizesOf,
  suitsTiles,
  tileCount,
  tilesOfInputs,
} from './winograd-tiles';

/** True where a convolution of a constant filter goes by tiles. ONNX Runtime transforms the filter when it loads it. */
export function canWinograd(to: Lowering, filter: Value, info: backend_util.Conv2DInfo): boolean {
  return suitsTiles(to, info) && to.isConstant(filter);
}

/** The convolution with a constant filter, in the layout `imagesLast`. */
export function winograd(to: Lowering, x: Value, filter: Value, info: backend_util.Conv2DInfo): string {
  const sizes = sizesOf(info);
  const { images, inputs, outputs, outHeight, outWidth } = sizes;
  const tiles = to.reshape(tilesOfInputs(to, to.as(x, imagesLast), sizes), [points, inputs, -1]);
  const products = to.graph.add('MatMul', [filterPoints(to, filter, sizes), tiles]);
  const placed = to.transpose(pixelsOfTiles(to, products, sizes), [3, 0, 4, 1, 2, 5]);
  const [rows, columns] = tileCount(sizes);
  const whole = to.reshape(placed, [rows * outer, columns * outer, outputs, images]);
  return to.slice(to.slice(whole, 0, 0, outHeight, 1, rows * outer), 1, 0, outWidth, 1, columns * outer);
}
