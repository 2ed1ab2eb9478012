import { backend_util } from '../tensorflow';
import { contribDomain } from '../onnx/graph';
import type { Value } from '../trace/values';
import { input } from './elementwise';
import { identityLayout, isIdentity, type Lowering, sameLayout } from './lowering';
import { defineKernel } from './registry';

/** The matrix as it lies, and whether it has to be read transposed. */
function operand(to: Lowering, value: Value, transposed: boolean): { name: string; transposed: boolean } {
  const rank = value.shape.length;
  const swapped = [...identityLayout(rank - 2), rank - 1, rank - 2];
  const { name, layout } = to.primary(value);
  if (isIdentity(layout)) return { name, transposed };
  if (sameLayout(layout, swapped)) return { name, transposed: !transposed };
  return { name: to.plain(value), transposed };
}

defineKernel('BatchMatMul', {
  infer: (node) => {
    const a = input(node, 'a');
    const b = input(node, 'b');
    const rows = a.shape[a.shape.length - (node.attributes['transposeA'] ? 1 : 2)]!;
    const columns = b.shape[b.shape.length - (node.attributes['transposeB'] ? 2 : 1)]!;
    const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [{ shape: [...batch, rows, columns], dtype: 'float32' }];
  },
  lower: (node, to) => {
    const a = operand(to, input(node, 'a'), node.attributes['transposeA'] === true);
    const b = operand(to, input(node, 'b'), node.attributes['transposeB'] === true);
    const out = node.outputs[0]!;
    const transA = a.transposed ? 1 : 0;
    const transB = b.transposed ? 1 : 0;
    if (out.shape.length === 2) {
      to.set(out, to.product('Gemm', [a.name, b.name], { transA, transB }));
    } else if (transA || transB) {
      to.set(out, to.product('FusedMatMul', [a.name, b.name], { transA, transB }, contribDomain));
    } else {
      to.set(out, to.product('MatMul', [a.name, b.name]));
    }
  },
});
