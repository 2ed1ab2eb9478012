// Kernels of the spectral solver. Every export starts with (index, threads): all threads of a team call it together.
export { apply, rayleigh, setMatrix } from './apply';
export { copyColumns, gram, randomize, rotate } from './dense';
export { deflate, filter, setKnown } from './filter';
