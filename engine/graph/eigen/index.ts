export { leadingEigenpairs, type Eigenpairs, type EigenOptions } from './solve';
