import type { PretrainBlock } from '../study/schema';
import { barlowTwins } from './barlow-twins';
import { byol } from './byol';
import { dann } from './dann';
import type { Objective } from './objective';
import { simclr } from './simclr';
import { simsiam } from './simsiam';
import { spectral } from './spectral';
import { supervised } from './supervised';
import { swav } from './swav';
import { vicreg } from './vicreg';

/** The objective that a study names, for an encoder with so many features and data with so many classes. */
export function createObjective(settings: PretrainBlock, features: number, classes: number): Objective {
  switch (settings.objective) {
    case 'spectral':
      return spectral(settings, features);
    case 'simclr':
      return simclr(settings, features);
    case 'swav':
      return swav(settings, features);
    case 'simsiam':
      return simsiam(settings, features);
    case 'byol':
      return byol(settings, features);
    case 'barlow-twins':
      return barlowTwins(settings, features);
    case 'vicreg':
      return vicreg(settings, features);
    case 'supervised':
      return supervised(classes, features);
    case 'dann':
      return dann(settings, features, classes);
  }
}
