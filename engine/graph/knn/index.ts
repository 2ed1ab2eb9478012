export { nearestNeighbours, type KnnOptions, type Neighbours } from './search';
