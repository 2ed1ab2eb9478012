import type { RunEvent, StageName, StageRecord } from '../run/format';

/** What the terminal knows of one stage. */
export interface StageView {
  stage: StageName;
  state: StageRecord['state'];
  seconds?: number;
  progress?: { done: number; total: number; label: string; etaSeconds?: number };
  metric?: { name: string; value: number };
}

/** The state of a run as its events tell it, in the order in which stages were met. */
export class RunModel {
  private readonly views = new Map<StageName, StageView>();

  /** `stages` lists those that are to come, so that a reader sees how far it is. */
  constructor(stages: readonly StageName[] = []) {
    for (const stage of stages) this.views.set(stage, { stage, state: 'waiting' });
  }

  get stages(): readonly StageView[] {
    return [...this.views.values()];
  }

  /** Takes in an event and returns the stage that it changed. */
  apply(event: RunEvent): StageView | undefined {
    if (event.type === 'run' || event.type === 'log') return undefined;
    const view = this.views.get(event.stage) ?? { stage: event.stage, state: 'running' };
    this.views.set(event.stage, view);
    switch (event.type) {
      case 'stage':
        view.state = event.state;
        view.seconds = event.seconds;
        if (event.state === 'running') {
          view.progress = undefined;
          view.metric = undefined;
        }
        break;
      case 'progress': {
        const { done, total, label, etaSeconds } = event;
        view.progress = { done, total, label, etaSeconds };
        break;
      }
      case 'metric':
        view.metric = { name: event.name, value: event.value };
        break;
    }
    return view;
  }
}
