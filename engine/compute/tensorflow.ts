/**
 * TensorFlow.js as the engine uses it: functional style, with every gradient registered.
 * Import it from here, never from the package, so that there is one copy and nothing is missing.
 */
import './more-gradients';
export * from '@tensorflow/tfjs-core';
