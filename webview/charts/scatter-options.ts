import type { LegendEntry } from './legend';
import type { Camera, Points } from './points/model';
import type { Shape } from './points/stamps';
import type { TableData } from './table';

export interface ScatterContent {
  points: Points;
  /** `0xRRGGBB` of each colour that the points name. */
  palette: readonly number[];
  shapes?: readonly Shape[];
  axes: { x: string; y: string };
  /** `sets` are the colours that an entry stands for. */
  legend: readonly LegendEntry[];
  /** 1 for chosen points. */
  chosen?: Uint8Array;
}

export interface ScatterOptions {
  title: string;
  note?: () => string;
  description: () => string;
  height?: number;
  controls?: HTMLElement[];
  content: () => ScatterContent;
  /** What is said of a point: its name first. */
  describe: (point: number) => string[];
  /** The picture beside it. */
  picture?: (point: number) => HTMLElement | undefined;
  onSelect?: (points: readonly number[]) => void;
  /** A point was clicked, or Enter was pressed on it. */
  onActivate?: (point: number) => void;
  table: () => TableData;
  /** The part of the plane to begin with, and what is told of each change. */
  camera?: Camera;
  onCamera?: (camera: Camera | undefined) => void;
}

export interface ScatterPanel {
  element: HTMLElement;
  /** Draws again with new content; `keepCamera` where the places of the points are the same. */
  redraw(keepCamera?: boolean): void;
}
