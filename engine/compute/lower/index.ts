/** Importing this module registers every kernel that the compiler knows. */
import './batch-norm';
import './convolution';
import './elementwise';
import './gather';
import './matmul';
import './pooling';
import './reduce';
import './resize';
import './shape';

export { kernels } from './registry';
