import type { Random } from '../data/random';
import { type Affine, compose, cropMap, drawAffine, drawCrop, flipMap, identity, type Window } from './affine';
import type { Augmenter } from './contract';
import { Blur, kernelRadius } from './blur';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  scaleChannels,
  solarise,
  toGray,
} from './colour';
import { borderMedian, copy, gather, gatherOnPaper } from './gather';
import type { BlurParameters, DomainColourParameters, ImagePreset, JitterParameters } from './presets';
import { applyTone } from './tone';

/** Views of images [height, width, channels]. Its scratch space makes it unfit for use by two callers at once. */
export class ImageAugmenter implements Augmenter {
  readonly size: number;
  private readonly width: number;
  private readonly height: number;
  private readonly channels: number;
  private readonly frame: Window;
  private readonly blur: Blur;
  private readonly order = new Uint8Array(4);

  constructor(
    readonly sampleShape: readonly number[],
    private readonly preset: ImagePreset,
  ) {
    [this.height, this.width, this.channels] = sampleShape as [number, number, number];
    this.size = this.height * this.width * this.channels;
    this.frame = { left: 0, top: 0, width: this.width, height: this.height };
    this.blur = new Blur(this.width, this.height, this.channels);
  }

  apply(values: Uint8Array | Float32Array, row: number, random: Random, out: Float32Array, outOffset: number): void {
    const { preset, size } = this;
    this.resample(values, row * size, random, out, outOffset);
    if (preset.jitter) this.jitter(preset.jitter, random, out, outOffset);
    if (preset.grayscale && random.chance(preset.grayscale) && this.channels === 3) toGray(out, outOffset, size / 3);
    if (preset.blur) this.blurView(preset.blur, random, out, outOffset);
    if (preset.solarise && random.chance(preset.solarise.probability))
      solarise(out, outOffset, size, preset.solarise.threshold);
    if (preset.colour && this.channels === 3) this.bridgeDomains(preset.colour, random, out, outOffset);
    if (preset.tone) {
      const gamma = Math.exp(random.uniform(...preset.tone.logGamma));
      const brightness = random.uniform(...preset.tone.brightness);
      applyTone(out, outOffset, size, gamma, brightness, random.uniform(0, preset.tone.noise), random);
    }
  }

  /** Crop, flip and affine map in one pass. */
  private resample(
    values: Uint8Array | Float32Array,
    offset: number,
    random: Random,
    out: Float32Array,
    outOffset: number,
  ): void {
    const { preset, width, height, channels } = this;
    // Images of bytes are 0…255, images of floats already 0…1.
    const scale = values instanceof Uint8Array ? 1 / 255 : 1;
    let window = this.frame;
    let map: Affine | undefined;
    if (preset.crop) {
      window = drawCrop(preset.crop, width, height, random);
      map = cropMap(window, width, height);
    }
    if (preset.flip && random.chance(preset.flip)) map = compose(map ?? identity, flipMap(width));
    if (preset.affine) {
      const drawn = drawAffine(preset.affine, width, height, random);
      map = map ? compose(map, drawn) : drawn;
    }
    const source = { values, offset, width, height, channels, scale };
    if (map && preset.affine?.outside === 'paper') {
      gatherOnPaper(source, map, window, borderMedian(source), out, outOffset);
    } else if (map) gather(source, map, window, out, outOffset);
    else copy(values, offset, this.size, scale, out, outOffset);
  }

  /** torchvision's ColorJitter. A gray image has neither saturation nor hue; its stream is the same. */
  private jitter(parameters: JitterParameters, random: Random, out: Float32Array, offset: number): void {
    if (!random.chance(parameters.probability)) return;
    const { channels, size } = this;
    const pixels = size / channels;
    const order = this.order;
    for (let i = 0; i < 4; i++) order[i] = i;
    random.shuffle(order);
    const factor = (spread: number) => random.uniform(Math.max(0, 1 - spread), 1 + spread);
    const brightness = factor(parameters.brightness);
    const contrast = factor(parameters.contrast);
    const saturation = factor(parameters.saturation);
    const hue = random.uniform(-parameters.hue, parameters.hue);
    for (let i = 0; i < 4; i++) {
      if (order[i] === 0) adjustBrightness(out, offset, size, brightness);
      else if (order[i] === 1) adjustContrast(out, offset, pixels, channels, contrast);
      else if (channels !== 3) continue;
      else if (order[i] === 2) adjustSaturation(out, offset, pixels, saturation);
      else adjustHue(out, offset, pixels, hue);
    }
  }

  private blurView(parameters: BlurParameters, random: Random, out: Float32Array, offset: number): void {
    const side = Math.min(this.width, this.height);
    if (side <= parameters.aboveSide || !random.chance(parameters.probability)) return;
    const unit = parameters.referenceSide ? side / parameters.referenceSide : 1;
    const sigma = random.uniform(...parameters.sigma) * unit;
    const radius = parameters.kernelShare ? kernelRadius(side, parameters.kernelShare) : Math.ceil(3 * sigma);
    this.blur.apply(out, offset, sigma, radius);
  }

  private bridgeDomains(parameters: DomainColourParameters, random: Random, out: Float32Array, offset: number): void {
    const pixels = this.size / 3;
    const gain = () => random.uniform(...parameters.channelGain);
    const gains = [gain(), gain(), gain()] as const;
    const hue = random.uniform(...parameters.hue);
    const saturation = random.uniform(...parameters.saturation);
    const contrast = random.uniform(...parameters.contrast);
    if (random.chance(parameters.grayscale)) {
      // Gains, hue and saturation would be lost in the gray.
      toGray(out, offset, pixels);
    } else {
      scaleChannels(out, offset, pixels, gains);
      adjustHue(out, offset, pixels, hue);
      adjustSaturation(out, offset, pixels, saturation);
    }
    adjustContrast(out, offset, pixels, 3, contrast);
    if (random.chance(parameters.solarise)) {
      const whole = random.chance(parameters.invertShare);
      solarise(out, offset, this.size, whole ? 0 : random.uniform(...parameters.threshold));
    }
  }
}
