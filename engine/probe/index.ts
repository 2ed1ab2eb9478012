export { choose } from './choice';
export type { Choice } from './choice';
export { fitHead, logspace } from './fit-head';
export type { FitHeadOptions, FittedHead, LabelledFeatures, PathPoint } from './fit-head';
export { accuracy, confusion, hits, logits, predict } from './head';
export type { LinearHead } from './head';
export { absentBias, fitLogistic, LogisticSolver } from './logistic';
export type { LogisticFit, LogisticProblem } from './logistic';
export { scaledHead, temperatureFactor } from './temperature';
export { standardize } from './standardize';
export type { FeatureMatrix, Standardization, StandardizationKind } from './standardize';
export {
  fitOnSource,
  gridOf,
  measure,
  protocolOf,
  readFeatures,
  refitOnSource,
  regularizationOf,
  rowsOf,
  withValidation,
} from './protocol';
export type { Measured, Protocol, TestSet } from './protocol';
