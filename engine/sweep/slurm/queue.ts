/** A job or array element as squeue lists it. */
export interface QueuedElement {
  /** The job's name. */
  name: string;
  /** Number of the array, and of the element in it. */
  array: string;
  element: number;
  state: string;
  reason: string;
}

/** Fields that squeue prints, portable over versions; its JSON is not. */
export const queueFormat = '%j|%F|%K|%T|%r';

/** Reads what squeue printed; lines that are none are passed over. */
export function parseQueue(text: string): QueuedElement[] {
  return text.split('\n').flatMap((line) => {
    const [name, array, element, state, ...reason] = line.trim().split('|');
    if (name === undefined || array === undefined || state === undefined) return [];
    const index = Number(element);
    return Number.isInteger(index) ? [{ name, array, element: index, state, reason: reason.join('|') }] : [];
  });
}

const waiting = ['PENDING', 'REQUEUED', 'REQUEUE_FED', 'REQUEUE_HOLD', 'SPECIAL_EXIT', 'RESV_DEL_HOLD'];
const computing = [
  'RUNNING',
  'CONFIGURING',
  'COMPLETING',
  'STAGE_OUT',
  'SIGNALING',
  'RESIZING',
  'SUSPENDED',
  'STOPPED',
];

/** Every other state is an end: COMPLETED, FAILED, CANCELLED, TIMEOUT, NODE_FAIL, OUT_OF_MEMORY and the like. */
export function queueState({ state, reason }: QueuedElement): 'queued' | 'running' | 'gone' {
  if (reason === 'DependencyNeverSatisfied') return 'gone';
  if (waiting.includes(state)) return 'queued';
  return computing.includes(state) ? 'running' : 'gone';
}
