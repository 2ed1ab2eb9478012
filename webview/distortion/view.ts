import { comparisonPanel } from '../charts/method-bars';
import { seedsControl, shownFigures, whiskersText } from '../shell/seeds';
import { chanceOf, type Section, type ViewContext } from '../shell/view';
import { perClassPanel } from '../transfer/per-class';
import { advantagePanel } from './advantage';
import { arrowPanels } from './arrows';
import { layersPanel } from './layers';
import { movesPanel } from './moves';
import { sweptAdvantagePanel } from './swept-advantage';
import { ensemblePanel, headPanel, trajectoryPanel } from './trajectories';

/** Does fine-tuning distort the features? Undefined where the stage has not run. */
export function distortionSection(context: ViewContext): Section | undefined {
  const { view, choices } = context;
  const figures = shownFigures(view, choices);
  const of = (id: string): typeof view.figures => figures.filter((figure) => figure.id === id);
  const panels = [
    comparisonPanel({
      title: 'Accuracy after fine-tuning',
      note: `LP: linear probing. FT: fine-tuning. LP-FT: FT from the probe's head. ${whiskersText(view, choices)}`,
      axis: 'test accuracy',
      figures: of('finetune.accuracy'),
      chance: chanceOf(view, 'finetune'),
    }),
    comparisonPanel({
      title: 'Feature distortion',
      note: "Mean Euclidean distance between a sample's features before and after.",
      axis: 'distance',
      figures: of('finetune.distortion'),
    }),
    layersPanel(view, choices),
    trajectoryPanel(view, choices),
    movesPanel(context),
    headPanel(view, choices),
    ensemblePanel(view, choices),
    arrowPanels(context),
    advantagePanel(view, choices),
    sweptAdvantagePanel(view, choices),
    perClassPanel(view, 'finetune', choices),
  ].filter((panel) => panel !== undefined);
  if (panels.length === 0) return undefined;
  return {
    id: 'finetune',
    title: 'Feature distortion',
    question: 'Does fine-tuning distort the features, and does it cost accuracy out of distribution?',
    controls: seedsControl(view, choices, 'finetune', () => distortionSection(context)),
    panels,
  };
}
