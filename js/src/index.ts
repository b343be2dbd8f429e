/**
 * The plugins of nbprism.
 */
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { PrismApi } from './api';
import { NotebookChips } from './cells/chips';
import { NotebookMarks } from './cells/marks';
import { CellCommandIds, addCellCommands } from './cellCommands';
import { CommandIds, addCommands } from './commands';
import { ExecutedDrive } from './drive';
import { examples } from './examples';
import { prismIcon } from './icons';
import { PrismPanel } from './panel';
import { results } from './results/plugin';
import { PrismSessions } from './sessions';
import { PLUGIN_ID, PrismSettings } from './settings';
import { StepCommandIds, addStepCommands } from './stepCommands';
import { openCellMenu } from './stepMenu';
import { IPrismSessions } from './tokens';

export * from './tokens';

const DOMAIN = 'nbprism';

const sessions: JupyterFrontEndPlugin<IPrismSessions> = {
  id: 'nbprism:sessions',
  description: 'Compiles the open notebooks and follows their runs.',
  autoStart: true,
  provides: IPrismSessions,
  requires: [INotebookTracker],
  optional: [ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    registry: ISettingRegistry | null
  ): IPrismSessions => {
    const { contents, serverSettings } = app.serviceManager;
    const api = new PrismApi(serverSettings);
    const settings = new PrismSettings();
    if (registry !== null) {
      settings.load(registry).catch((reason: unknown) => {
        console.error('nbprism: the settings could not be loaded', reason);
      });
    }
    contents.addDrive(new ExecutedDrive(api, serverSettings));
    return new PrismSessions({ tracker, api, contents, settings });
  }
};

const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'The commands of nbprism.',
  autoStart: true,
  requires: [IPrismSessions, IDocumentManager],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    prism: IPrismSessions,
    documents: IDocumentManager,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    addCommands({ commands: app.commands, sessions: prism, documents, trans });
    addCellCommands({ commands: app.commands, sessions: prism, trans });
    addStepCommands({
      commands: app.commands,
      sessions: prism,
      trans,
      showSettings: step => void app.commands.execute(CommandIds.openPanel, { settings: step })
    });
    const ids = [CommandIds, CellCommandIds, StepCommandIds].flatMap(group => Object.values(group));
    for (const command of ids) {
      palette?.addItem({ command, category: trans.__('Notebook Pipeline') });
    }
  }
};

const panel: JupyterFrontEndPlugin<void> = {
  id: 'nbprism:panel',
  description: 'The side panel: steps, tags, problems, runs.',
  autoStart: true,
  requires: [IPrismSessions, INotebookTracker],
  optional: [ILabShell, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    prism: IPrismSessions,
    tracker: INotebookTracker,
    shell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const widget = new PrismPanel({ sessions: prism, tracker, commands: app.commands, trans });
    app.shell.add(widget, 'right', { rank: 650, type: 'nbprism' });
    restorer?.add(widget, 'nbprism-panel');
    app.commands.addCommand(CommandIds.openPanel, {
      label: trans.__('Show the nbprism Panel'),
      caption: trans.__('Steps, tags and runs of the current notebook'),
      icon: prismIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            tagBox: { type: 'boolean', description: trans.__('Put the cursor into the tag box') },
            settings: { type: 'string', description: trans.__('Show the settings of this step') }
          }
        }
      },
      execute: args => {
        app.shell.activateById(widget.id);
        if (typeof args.settings === 'string') {
          widget.editSettings(args.settings);
        } else if (args.tagBox === true || shell === null) {
          widget.focusTagBox();
        }
      }
    });
  }
};

const chips: JupyterFrontEndPlugin<void> = {
  id: 'nbprism:chips',
  description: 'Chips on the cells: step, state, elapsed time.',
  autoStart: true,
  requires: [IPrismSessions, INotebookTracker],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    prism: IPrismSessions,
    tracker: INotebookTracker,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const attach = (notebook: NotebookPanel): void => {
      const session = prism.of(notebook);
      const writer = prism.writerOf(notebook);
      if (session === null || writer === null) {
        return;
      }
      const view = new NotebookChips({
        panel: notebook,
        session,
        writer,
        trans,
        isWanted: () => prism.settings.showChips,
        mayOffer: () => prism.settings.outputs === 'cells',
        onEdit: (cell, at) => {
          notebook.content.deselectAll();
          notebook.content.activeCellIndex = notebook.content.widgets.indexOf(cell);
          const step = session.steps().cells[notebook.content.activeCellIndex]?.step ?? null;
          openCellMenu(app.commands, trans, step, at);
        }
      });
      prism.settings.changed.connect(view.refresh, view);
      new NotebookMarks({
        panel: notebook,
        session,
        onFix: diagnostic => session.fix(diagnostic)
      });
    };
    tracker.forEach(attach);
    tracker.widgetAdded.connect((_, notebook) => attach(notebook));
  }
};

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  sessions,
  plugin,
  panel,
  chips,
  results,
  examples
];

export default plugins;
