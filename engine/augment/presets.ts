import type { AugmentationName } from '../study/schema';

/** Lowest and highest value of a uniform draw. */
export type Range = readonly [low: number, high: number];

/** Random resized crop: an area share and a width/height ratio, drawn as torchvision's RandomResizedCrop does. */
export interface CropParameters {
  readonly scale: Range;
  readonly ratio: Range;
}

/** A random affine map about the image's centre; every range is drawn uniformly and on its own. */
export interface AffineParameters {
  /** Natural logarithm of the zoom; above 0 the content grows. */
  readonly logZoom: Range;
  /** Natural logarithm of the width/height ratio; the area stays as the zoom made it. */
  readonly logAspect: Range;
  /** Degrees. */
  readonly rotation: Range;
  /** Horizontal shear: pixels to the side per pixel of height. */
  readonly shear: Range;
  /** Shift along either axis, as a share of the side. */
  readonly shift: Range;
  /**
   * What lies outside the image. paper: the median of its border. edge: its nearest pixel, which for a photograph is
   * the likelier one, but draws a stroke that ends at the border on in a line.
   */
  readonly outside: 'paper' | 'edge';
}

export interface BlurParameters {
  readonly probability: number;
  /** Standard deviation in pixels on an image of `referenceSide`; as it is where that is undefined. */
  readonly sigma: Range;
  readonly referenceSide?: number;
  /** Kernel length as a share of the side, made odd. Without it the kernel reaches to 3σ. */
  readonly kernelShare?: number;
  /** Only images whose shorter side is longer than this are blurred. */
  readonly aboveSide: number;
}

/** Values from the threshold up are inverted. */
export interface SolariseParameters {
  readonly probability: number;
  readonly threshold: number;
}

/** torchvision's ColorJitter: each factor from 1 ± value (not below 0), the hue shift from ±hue turns. */
export interface JitterParameters {
  readonly probability: number;
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  readonly hue: number;
}

/** Tone: value → clamp(brightness · value^gamma + noise). */
export interface ToneParameters {
  readonly logGamma: Range;
  readonly brightness: Range;
  /** The standard deviation of the pixel noise is drawn from [0, noise]. */
  readonly noise: number;
}

/** Colour operations that carry a photograph of an object towards a drawing or a painting of it. */
export interface DomainColourParameters {
  /** Gain of each channel on its own. */
  readonly channelGain: Range;
  /** Shift in turns of the colour circle. */
  readonly hue: Range;
  readonly saturation: Range;
  /** Contrast about the image's mean luminance. */
  readonly contrast: Range;
  readonly grayscale: number;
  /** Probability that the values above a threshold are inverted. */
  readonly solarise: number;
  /** Among the solarised images the share that is inverted as a whole (threshold 0). */
  readonly invertShare: number;
  /** Threshold of the others. */
  readonly threshold: Range;
}

/** One image set. Parts are applied in the order of the fields; a part that is absent draws nothing. */
export interface ImagePreset {
  readonly kind: 'image';
  readonly crop?: CropParameters;
  /** Probability of a horizontal flip. */
  readonly flip?: number;
  readonly affine?: AffineParameters;
  readonly jitter?: JitterParameters;
  /** Probability of becoming gray. */
  readonly grayscale?: number;
  readonly blur?: BlurParameters;
  readonly solarise?: SolariseParameters;
  readonly colour?: DomainColourParameters;
  readonly tone?: ToneParameters;
}

/** The set for feature vectors, in the order mixing, noise, masking. */
export interface VectorPreset {
  readonly kind: 'vector';
  /** Standard deviation of the noise as a share of each feature's own. */
  readonly noise: number;
  /** Probability that a feature is replaced by its mean. */
  readonly mask: number;
  /** Probability that another row is mixed in, and the largest weight that it gets. */
  readonly mix: number;
  readonly mixWeight: number;
}

export type Preset = ImagePreset | VectorPreset;

/**
 * HaoChen et al. 2021, spectral contrastive loss, on 32-px images: crop scale, ratio, flip, jitter, grayscale and
 * blur. The numbers are those of SimSiam (Chen & He 2021), which follow SimCLR (Chen et al. 2020, appendix A) with
 * jitter strength ½: .8·½ = .4 and .2·½ = .1. SimCLR's blur: kernel a tenth of the side, σ from [.1, 2].
 */
export const simclr: ImagePreset = {
  kind: 'image',
  crop: { scale: [0.2, 1], ratio: [3 / 4, 4 / 3] },
  flip: 0.5,
  jitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
  grayscale: 0.2,
  blur: { probability: 0.5, sigma: [0.1, 2], kernelShare: 0.1, aboveSide: 32 },
};

/**
 * BYOL (Grill et al. 2020, appendix B): as SimCLR's with crops from .08, less saturation and solarisation. Its two views
 * differ there (blur 1 and .1, solarisation 0 and .2); here both are drawn with the means of these probabilities.
 */
export const byol: ImagePreset = {
  ...simclr,
  crop: { ...simclr.crop!, scale: [0.08, 1] },
  jitter: { ...simclr.jitter!, saturation: 0.2 },
  blur: { ...simclr.blur!, probability: 0.55 },
  solarise: { probability: 0.1, threshold: 0.5 },
};

/**
 * Calibrated with a PyTorch reference on MNIST and USPS at 16 px, where it carries source-only training from 78.7 to
 * 94.7 % on the target: zoom, aspect, rotation, shear, shift (1.6 px of 16), p of the blur, gamma, brightness, noise.
 * Chosen: the blur's σ, .3 to 1 px at 16 px, at most the width of a pen stroke.
 */
export const strong: ImagePreset = {
  kind: 'image',
  affine: {
    logZoom: [-0.45, 0.45],
    logAspect: [-0.25, 0.25],
    rotation: [-15, 15],
    shear: [-0.25, 0.25],
    shift: [-0.1, 0.1],
    outside: 'paper',
  },
  blur: { probability: 0.5, sigma: [0.3, 1], referenceSide: 16, aboveSide: 0 },
  tone: { logGamma: [-0.7, 0.5], brightness: [0.6, 1.3], noise: 0.12 },
};

/**
 * Colour for pictures of objects whose domains differ in style (photographs, sketches). Chosen by eye on the
 * 32-px photographs and sketches of PACS, not calibrated: gray in every second view and solarisation (BYOL, Grill et
 * al. 2020: p = .2 at threshold .5) in every fourth make colour and polarity unreliable. Gains hardly exceed 1, for
 * light pencil lines on white paper would be clipped away.
 */
export const domainColour: DomainColourParameters = {
  channelGain: [0.65, 1.05],
  hue: [-0.15, 0.15],
  saturation: [0.2, 1.6],
  contrast: [0.7, 1.6],
  grayscale: 0.5,
  solarise: 0.25,
  invertShare: 0.5,
  threshold: [0.5, 0.8],
};

/**
 * The geometry of `strong`, colour that bridges domains, and milder blur and tone: those calibrated on digits, bold
 * strokes on flat ground, leave neither photographs nor thin sketches at 32 px recognisable. Chosen by eye: blur to
 * .8 px at 32 px, gamma exp(±.4), brightness .75–1.05, noise ≤ .04.
 */
export const strongObjects: ImagePreset = {
  ...strong,
  affine: { ...strong.affine!, outside: 'edge' },
  blur: { probability: 0.5, sigma: [0.2, 0.8], referenceSide: 32, aboveSide: 0 },
  colour: domainColour,
  tone: { logGamma: [-0.4, 0.4], brightness: [0.75, 1.05], noise: 0.04 },
};

/** The calibration's light set: zoom, rotation, and shift (1 px of 16). */
export const light: ImagePreset = {
  kind: 'image',
  affine: {
    logZoom: [-0.1, 0.1],
    logAspect: [0, 0],
    rotation: [-10, 10],
    shear: [0, 0],
    shift: [-0.0625, 0.0625],
    outside: 'paper',
  },
};

/** `light` for photographs. */
export const lightObjects: ImagePreset = { ...light, affine: { ...light.affine!, outside: 'edge' } };

/** Mirrored with probability ½, as photographs are when a network is fine-tuned on them. */
export const flip: ImagePreset = { kind: 'image', flip: 0.5 };

/** Only the change to floats from 0 to 1. */
export const none: ImagePreset = { kind: 'image' };

/**
 * Chosen, not calibrated. Masking every fifth feature is within what VIME (Yoon et al. 2020, p = .3) and SCARF
 * (Bahri et al. 2022, 60 % resampled) report for tables; features of a network are less redundant.
 */
export const vector: VectorPreset = { kind: 'vector', noise: 0.1, mask: 0.2, mix: 0, mixWeight: 0.2 };

/**
 * Chosen, not calibrated: half of the views also have up to .3 of another sample mixed in, with the larger weight on
 * their own (mixup, Zhang et al. 2018, as views: Verma et al. 2021).
 */
export const vectorMix: VectorPreset = { ...vector, mix: 0.5, mixWeight: 0.3 };

/** The preset of a set's name for images with the given number of channels. */
export function presetFor(name: AugmentationName, channels: number): Preset {
  switch (name) {
    case 'simclr':
      return simclr;
    case 'byol':
      return byol;
    case 'strong':
      return channels === 3 ? strongObjects : strong;
    case 'light':
      return channels === 3 ? lightObjects : light;
    case 'flip':
      return flip;
    case 'vector':
      return vector;
    case 'vector-mix':
      return vectorMix;
    case 'none':
      return none;
  }
}
