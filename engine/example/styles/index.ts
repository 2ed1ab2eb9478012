import { clipart } from './clipart';
import { photo } from './photo';
import { sketch } from './sketch';
import type { Style } from './style';

export const styles = { sketch, photo, clipart } as const satisfies Record<string, Style>;

export type StyleName = keyof typeof styles;
export const styleNames = Object.keys(styles) as StyleName[];
