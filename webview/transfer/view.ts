import { comparisonPanel } from '../charts/method-bars';
import { seedsControl, shownFigures, whiskersText } from '../shell/seeds';
import { chanceOf, type Section, type ViewContext } from '../shell/view';
import { cellMatrixPanel, connectivityPanel } from './connectivity';
import { distinguishabilityPanel } from './distinguishability';
import { misreadPanel } from './misread';
import { pairConnectivityPanel } from './pair-connectivity';
import { pairMatrixPanel } from './pairs';
import { perClassPanel } from './per-class';

/** Will it carry over to the other domain? Undefined where neither transfer nor connectivity was measured. */
export function transferSection(context: ViewContext): Section | undefined {
  const { view, choices } = context;
  // Figures of other pairs of domains name their source.
  const figures = shownFigures(view, choices).filter(
    (figure) => figure.id === 'transfer.accuracy' && figure.source === undefined,
  );
  const panels = [
    comparisonPanel({
      title: 'Accuracy in both domains',
      note: `Heads see labels of the source alone. ${whiskersText(view, choices)}`,
      axis: 'test accuracy',
      figures,
      chance: chanceOf(view, 'transfer'),
    }),
    pairMatrixPanel(view, choices),
    connectivityPanel(view),
    cellMatrixPanel(view),
    pairConnectivityPanel(view, choices),
    distinguishabilityPanel(view, choices),
    perClassPanel(view, 'transfer', choices),
    misreadPanel(context),
  ].filter((panel) => panel !== undefined);
  if (panels.length === 0) return undefined;
  return {
    id: 'transfer',
    title: 'Domain transfer',
    question: 'Does a head that learned on the source carry over to the target?',
    controls: seedsControl(view, choices, 'transfer', () => transferSection(context)),
    panels,
  };
}
