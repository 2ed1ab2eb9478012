import * as tf from '../../compute/tensorflow';
import { namedBatchNorm, type Pass } from '../layers';

export interface KerasLayer {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

type Apply = (layer: KerasLayer, inputs: tf.Tensor[], pass: Pass) => tf.Tensor;

function activation(name: unknown, x: tf.Tensor): tf.Tensor {
  switch (name ?? 'linear') {
    case 'linear':
      return x;
    case 'relu':
      return tf.relu(x);
    case 'relu6':
      return tf.relu6(x);
    case 'elu':
      return tf.elu(x);
    case 'selu':
      return tf.selu(x);
    case 'sigmoid':
      return tf.sigmoid(x);
    case 'tanh':
      return tf.tanh(x);
    case 'softplus':
      return tf.softplus(x);
    case 'softmax':
      return tf.softmax(x);
    case 'swish':
    case 'silu':
      return tf.mul(x, tf.sigmoid(x));
    case 'gelu':
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1));
    case 'hard_sigmoid':
      return tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1);
    default:
      throw new Error(`the activation "${String(name)}" is not supported`);
  }
}

/** Adds the bias where there is one, and applies the layer's activation. */
function finished({ name, config }: KerasLayer, pass: Pass, x: tf.Tensor): tf.Tensor {
  const biased = config.use_bias === false ? x : tf.add(x, pass.get(`${name}/bias`));
  return activation(config.activation, biased);
}

interface Windowed {
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid';
  readonly dilations: [number, number];
}

function windowed({ name, config }: KerasLayer, size?: [number, number]): Windowed {
  if (config.data_format === 'channels_first') throw new Error(`the layer "${name}" has its channels first`);
  return {
    strides: (config.strides as [number, number] | null | undefined) ?? size ?? [1, 1],
    pad: config.padding as 'same' | 'valid',
    dilations: (config.dilation_rate as [number, number] | undefined) ?? [1, 1],
  };
}

const pool =
  (
    apply: (x: tf.Tensor4D, size: [number, number], strides: [number, number], pad: 'same' | 'valid') => tf.Tensor,
  ): Apply =>
  (layer, [x]) => {
    const size = layer.config.pool_size as [number, number];
    const { strides, pad } = windowed(layer, size);
    return apply(x as tf.Tensor4D, size, strides, pad);
  };

/** What does nothing when a network predicts, or is there for training alone. */
const through: Apply = (_, [x]) => x!;

const layers: Record<string, Apply> = {
  InputLayer: through,
  Dropout: through,
  SpatialDropout2D: through,
  GaussianNoise: through,
  Conv2D(layer, [x], pass) {
    const { strides, pad, dilations } = windowed(layer);
    if (((layer.config.groups as number | undefined) ?? 1) !== 1)
      throw new Error(`the layer "${layer.name}" has groups`);
    const kernel = pass.get(`${layer.name}/kernel`) as tf.Tensor4D;
    return finished(layer, pass, tf.conv2d(x as tf.Tensor4D, kernel, strides, pad, 'NHWC', dilations));
  },
  DepthwiseConv2D(layer, [x], pass) {
    const { strides, pad, dilations } = windowed(layer);
    const kernel = pass.get(`${layer.name}/depthwise_kernel`) as tf.Tensor4D;
    return finished(layer, pass, tf.depthwiseConv2d(x as tf.Tensor4D, kernel, strides, pad, 'NHWC', dilations));
  },
  SeparableConv2D(layer, [x], pass) {
    const { strides, pad, dilations } = windowed(layer);
    const depthwise = pass.get(`${layer.name}/depthwise_kernel`) as tf.Tensor4D;
    const pointwise = pass.get(`${layer.name}/pointwise_kernel`) as tf.Tensor4D;
    const h = tf.depthwiseConv2d(x as tf.Tensor4D, depthwise, strides, pad, 'NHWC', dilations);
    return finished(layer, pass, tf.conv2d(h, pointwise, 1, 'valid'));
  },
  Dense(layer, [x], pass) {
    const kernel = pass.get(`${layer.name}/kernel`) as tf.Tensor2D;
    const rows = tf.reshape(x!, [-1, kernel.shape[0]]) as tf.Tensor2D;
    const y = tf.reshape(tf.matMul(rows, kernel), [...x!.shape.slice(0, -1), kernel.shape[1]]);
    return finished(layer, pass, y);
  },
  BatchNormalization({ name, config }, [x], pass) {
    const epsilon = (config.epsilon as number | undefined) ?? 1e-3;
    const [mean, variance] = [`${name}/moving_mean`, `${name}/moving_variance`];
    if (config.scale !== false && config.center !== false)
      return namedBatchNorm(pass, { gamma: `${name}/gamma`, beta: `${name}/beta`, mean, variance }, x!, epsilon);
    // Without gamma or beta the running statistics are used in training too.
    const inverse = tf.rsqrt(tf.add(pass.get(variance), epsilon));
    const scale = config.scale === false ? inverse : tf.mul(inverse, pass.get(`${name}/gamma`));
    const y = tf.mul(tf.sub(x!, pass.get(mean)), scale);
    return config.center === false ? y : tf.add(y, pass.get(`${name}/beta`));
  },
  Activation: ({ config }, [x]) => activation(config.activation, x!),
  Softmax: (_, [x]) => tf.softmax(x!),
  ReLU({ name, config }, [x]) {
    const { max_value: top, negative_slope: slope, threshold } = config as Record<string, number | null | undefined>;
    if (slope || threshold) throw new Error(`the layer "${name}" has a slope or a threshold`);
    return top == null ? tf.relu(x!) : top === 6 ? tf.relu6(x!) : tf.clipByValue(x!, 0, top);
  },
  LeakyReLU: ({ config }, [x]) => tf.leakyRelu(x!, (config.alpha as number | undefined) ?? 0.3),
  ZeroPadding2D({ config }, [x]) {
    const [rows, columns] = config.padding as [[number, number], [number, number]];
    return tf.pad(x!, [[0, 0], rows, columns, [0, 0]]);
  },
  MaxPooling2D: pool((x, size, strides, pad) => tf.maxPool(x, size, strides, pad)),
  AveragePooling2D: pool((x, size, strides, pad) => tf.avgPool(x, size, strides, pad)),
  GlobalAveragePooling2D: ({ config }, [x]) => tf.mean(x!, [1, 2], config.keepdims === true),
  GlobalMaxPooling2D: ({ config }, [x]) => tf.max(x!, [1, 2], config.keepdims === true),
  Flatten: (_, [x]) => tf.reshape(x!, [x!.shape[0]!, -1]),
  Reshape: ({ config }, [x]) => tf.reshape(x!, [x!.shape[0]!, ...(config.target_shape as number[])]),
  Add: (_, inputs) => inputs.reduce((sum, x) => tf.add(sum, x)),
  Multiply: (_, inputs) => inputs.reduce((product, x) => tf.mul(product, x)),
  Concatenate: ({ config }, inputs) => tf.concat(inputs, (config.axis as number | undefined) ?? -1),
  Rescaling: ({ config }, [x]) =>
    tf.add(tf.mul(x!, config.scale as number), (config.offset as number | undefined) ?? 0),
};

/** By Keras' class names; inputs are [n, h, w, c] or [n, d]. */
export const kerasLayers: ReadonlyMap<string, Apply> = new Map(Object.entries(layers));
