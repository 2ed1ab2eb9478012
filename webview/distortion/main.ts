import { startRunPanel } from '../shell/panel';
import '../shell/panel.css';
import { distortionSection } from './view';

startRunPanel({
  kind: 'distortion',
  stages: ['data', 'finetune', 'advantage'],
  sections: (context) => [distortionSection(context)],
  empty: {
    title: 'Nothing was fine-tuned yet',
    stages: ['finetune', 'advantage'],
    text: 'It comes from the stage “finetune”; add "finetune": {} to the study and run it.',
  },
});
