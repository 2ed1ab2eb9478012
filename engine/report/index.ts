export { collectReport } from './collect';
export { writeReport } from './write-report';
