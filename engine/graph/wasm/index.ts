// Kernels of the spectral solver and of the neighbour search. Every export starts with (index, threads): all threads
// of a team call it together.
export { apply, rayleigh, setMatrix } from './apply';
export { componentGram, componentRayleigh, componentRotate } from './component';
export { copyColumns, dots, gram, randomize, rotate } from './dense';
export { deflate, filter, setKnown } from './filter';
export { knnDescend } from './knn-descent';
export { knnRefine, knnSearch, knnSearchGiven } from './knn-exact';
export { knnLists } from './knn-lists';
export { knnRound, knnRows } from './knn-rows';
export { knnTrees } from './knn-trees';
