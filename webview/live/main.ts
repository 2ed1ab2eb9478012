import { runHeader } from '../shell/header';
import { startPage } from '../shell/panel';
import { emptyState } from '../shell/states';
import '../shell/panel.css';
import { LiveView } from './view';

let view: LiveView | undefined;

startPage(({ runs }, page) => {
  const [run] = runs;
  if (!run) {
    view = undefined;
    page.root.replaceChildren(
      emptyState('The run is gone', 'It was deleted or moved. Open another one from the Runs view.'),
    );
    return;
  }
  const header = runHeader(run, 'live', page.host);
  if (view) page.root.querySelector('header')?.replaceWith(header);
  else {
    view = new LiveView();
    page.root.replaceChildren(header, view.element);
  }
  view.update(run);
});
