import type { Random } from '../../data/random';
import type { Part } from '../geometry';
import { butterfly } from './butterfly';
import { car } from './car';
import { clock } from './clock';
import { cup } from './cup';
import { fish } from './fish';
import { guitar } from './guitar';
import { house } from './house';
import { tree } from './tree';

/** Each class draws one object of its kind, about [−1, 1]² large, in painter's order, seen upright. */
export const objects = { butterfly, car, clock, cup, fish, guitar, house, tree } as const satisfies Record<
  string,
  (random: Random) => Part[]
>;

export type ObjectName = keyof typeof objects;
export const objectNames = Object.keys(objects) as ObjectName[];
