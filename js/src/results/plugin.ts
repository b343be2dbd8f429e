/**
 * The plugin of the results: graph, run view and history in the main area.
 */
import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { prismIcon } from '../icons';
import { IPrismSessions } from '../tokens';
import { GraphPanel } from './graphPanel';

/** Ids of the commands that open results. */
export const ResultIds = {
  openGraph: 'nbprism:open-graph'
} as const;

export const results: JupyterFrontEndPlugin<void> = {
  id: 'nbprism:results',
  description: 'The graph of a notebook, its runs one by one, and their history.',
  autoStart: true,
  requires: [IPrismSessions, INotebookTracker],
  optional: [ICommandPalette, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    sessions: IPrismSessions,
    tracker: INotebookTracker,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('nbprism');
    const { commands, shell } = app;
    const graphs = new WidgetTracker<MainAreaWidget<GraphPanel>>({ namespace: 'nbprism-graph' });
    commands.addCommand(ResultIds.openGraph, {
      label: trans.__('Show the Graph of the Notebook'),
      caption: trans.__('Steps, what they need from each other, and how their run goes'),
      icon: prismIcon,
      describedBy: { args: { type: 'object', properties: { path: { type: 'string' } } } },
      isEnabled: args => typeof args.path === 'string' || sessions.current !== null,
      execute: args => {
        const path =
          typeof args.path === 'string' ? args.path : sessions.currentPanel?.context.path;
        if (path === undefined) {
          return;
        }
        const open = graphs.find(item => item.content.path === path);
        if (open !== undefined) {
          shell.activateById(open.id);
          return;
        }
        const content = new GraphPanel({
          path,
          sessions,
          tracker,
          trans,
          activate: id => shell.activateById(id)
        });
        const widget = new MainAreaWidget({ content });
        widget.id = `nbprism-graph-${path}`;
        widget.title.label = trans.__('Graph: %1', PathExt.basename(path));
        widget.title.icon = prismIcon;
        widget.title.closable = true;
        void graphs.add(widget);
        shell.add(widget, 'main', { mode: 'split-right', type: 'nbprism' });
      }
    });
    void restorer?.restore(graphs, {
      command: ResultIds.openGraph,
      args: item => ({ path: item.content.path }),
      name: item => item.content.path
    });
    for (const command of Object.values(ResultIds)) {
      palette?.addItem({ command, category: trans.__('Notebook Pipeline') });
    }
  }
};
