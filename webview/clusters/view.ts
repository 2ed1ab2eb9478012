import { Observable } from '../shell/choices';
import { later } from '../shell/states';
import { numbersIn, type Section, type ViewContext } from '../shell/view';
import { eigenvaluePanel } from './eigenvalues';
import { galleryPanel } from './gallery';
import { boundPanel, linearHeadCard, subspacePanel } from './linear-head';
import { matrixPanel } from './matrix';
import { pathPanel } from './path';
import { samplesPanel } from './samples-scatter';
import { selectionPanel } from './selection';
import { initialState, recluster, type ClusterPage, type Picks } from './state';

/** Which clusters has the representation learned? Undefined where the spectrum stage has not run. */
export function clustersSection(context: ViewContext): Section | undefined {
  const { view, data } = context;
  const hasArrays = ['spectrum/eigenvectors', 'spectrum/clusters'].some((name) => data.arrays.includes(name));
  const cards = [linearHeadCard(view), boundPanel(view), subspacePanel(view)].filter((panel) => panel !== undefined);
  if (!hasArrays && cards.length === 0) return undefined;
  return {
    id: 'spectrum',
    title: 'Eigenvector clusters',
    question: 'Which clusters has the representation learned, and will a linear head solve the task?',
    panels: [...(hasArrays ? [later('Reading eigenvectors', () => samplePanels(context))] : []), ...cards],
  };
}

async function samplePanels(context: ViewContext): Promise<HTMLElement[]> {
  const { data, view, choices } = context;
  const [samples, eigenvalues, eigenvectors, clusters] = await Promise.all([
    data.samples(),
    data.array('spectrum/eigenvalues'),
    data.array('spectrum/eigenvectors'),
    data.array('spectrum/clusters'),
  ]);
  if (!samples) throw new Error('The run’s samples are missing: its data stage has not finished.');
  const [count = 0, width = 1] = eigenvectors?.shape ?? [];
  if (eigenvectors && count !== samples.rows.length)
    throw new Error(
      `There are eigenvectors of ${count} samples, and ${samples.rows.length} samples; run the study again.`,
    );
  const page: ClusterPage = {
    context,
    samples,
    vectors: eigenvectors && { data: eigenvectors.data, count: width },
    eigenvalues: eigenvalues ? Array.from(eigenvalues.data) : numbersIn(view.details.spectrum, 'eigenvalues'),
    state: new Observable(initialState(context, clusters?.data)),
    picks: new Observable<Picks>({ selected: [], ends: [] }),
  };
  const own = page.state.value.k;
  const kept = choices.number('clusters.k');
  if (kept !== undefined && kept !== own && kept >= 2 && kept <= width) queueMicrotask(() => recluster(page, kept));
  return [
    samplesPanel(page),
    ...(page.eigenvalues.length > 0 ? [eigenvaluePanel(page)] : []),
    matrixPanel(page),
    selectionPanel(page),
    ...[pathPanel(page), galleryPanel(page)].filter((panel) => panel !== undefined),
  ];
}
