import { startRunPanel } from '../shell/panel';
import '../shell/panel.css';
import { clustersSection } from './view';

startRunPanel({
  kind: 'clusters',
  stages: ['data', 'represent', 'spectrum', 'probe', 'transfer'],
  sections: (context) => [clustersSection(context)],
  empty: {
    title: 'No clusters yet',
    stages: ['spectrum'],
    text: 'They come from the stage “spectrum”; add "spectrum": {} to the study and run it.',
  },
});
