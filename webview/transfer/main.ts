import { startRunPanel } from '../shell/panel';
import '../shell/panel.css';
import { transferSection } from './view';

startRunPanel({
  kind: 'transfer',
  stages: ['data', 'spectrum', 'transfer'],
  sections: (context) => [transferSection(context)],
  empty: {
    title: 'No transfer yet',
    stages: ['transfer', 'spectrum'],
    text: 'It comes from the stages “transfer” and “spectrum”; add "transfer": {} to the study, name a source and a target, and run it.',
  },
});
