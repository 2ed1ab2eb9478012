import { comparisonPanel } from '../charts/method-bars';
import { chanceOf, type Section, type ViewContext } from '../shell/view';
import { perClassPanel } from '../transfer/per-class';
import { advantagePanel } from './advantage';
import { arrowPanels } from './arrows';
import { layersPanel } from './layers';
import { movesPanel } from './moves';
import { ensemblePanel, headPanel, trajectoryPanel } from './trajectories';

/** Does fine-tuning distort the features? Undefined where the stage has not run. */
export function distortionSection(context: ViewContext): Section | undefined {
  const { view, choices } = context;
  const of = (id: string): typeof view.figures => view.figures.filter((figure) => figure.id === id);
  const panels = [
    comparisonPanel({
      title: 'Accuracy after fine-tuning',
      note: "LP: linear probing. FT: fine-tuning. LP-FT: FT from the probe's head. Whiskers: 95 % interval over the test samples.",
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
    advantagePanel(view),
    perClassPanel(view, 'finetune', choices),
  ].filter((panel) => panel !== undefined);
  if (panels.length === 0) return undefined;
  return {
    id: 'finetune',
    title: 'Feature distortion',
    question: 'Does fine-tuning distort the features, and does it cost accuracy out of distribution?',
    panels,
  };
}
