/**
 * The plugin of the results: graph, run view, history and comparison in the main area.
 */
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { PrismApi } from '../api';
import { executedPath } from '../drive';
import { prismIcon } from '../icons';
import { performMagic } from '../kernel';
import { Problem } from '../model/problem';
import { reveal } from '../notebooks';
import { IPrismSessions } from '../tokens';
import { ComparePanel } from './comparePanel';
import { GraphPanel } from './graphPanel';
import { HistoryPanel } from './historyPanel';
import { addLiveOutputs } from './liveOutput';
import { mountWith } from './mount';
import { RunPanel } from './runPanel';
import { Tabs } from './tabs';
import type { TabArea } from './tabs';

/** Ids of the commands that open results. */
export const ResultIds = {
  openGraph: 'nbprism:open-graph',
  openRun: 'nbprism:open-run',
  openHistory: 'nbprism:open-history',
  compareRuns: 'nbprism:compare-runs'
} as const;

interface IRunArgs {
  readonly [key: string]: string;
  readonly path: string;
  readonly run: string;
}

export const results: JupyterFrontEndPlugin<void> = {
  id: 'nbprism:results',
  description: 'The graph of a notebook, its runs one by one, and their history.',
  autoStart: true,
  requires: [IPrismSessions, INotebookTracker, IDocumentManager, IRenderMimeRegistry],
  optional: [ILabShell, ICommandPalette, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    sessions: IPrismSessions,
    tracker: INotebookTracker,
    documents: IDocumentManager,
    rendermime: IRenderMimeRegistry,
    labShell: ILabShell | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('nbprism');
    const api = new PrismApi(app.serviceManager.serverSettings);
    const { commands, shell } = app;
    const area: TabArea = labShell === null ? 'down' : 'main';
    const mount = mountWith(rendermime);
    const addLive = (notebook: NotebookPanel): void => addLiveOutputs(notebook, trans);
    tracker.forEach(addLive);
    tracker.widgetAdded.connect((_, notebook) => addLive(notebook));
    const openRun = (path: string, run: string): void =>
      void commands.execute(ResultIds.openRun, { path, run });

    const graphs = new Tabs<{ path: string }, GraphPanel>({
      app,
      area,
      restorer,
      command: ResultIds.openGraph,
      label: ({ path }) => trans.__('Graph: %1', PathExt.basename(path)),
      make: ({ path }) =>
        new GraphPanel({ path, sessions, tracker, trans, activate: id => shell.activateById(id) })
    });
    const runs = new Tabs<IRunArgs, RunPanel>({
      app,
      area,
      restorer,
      command: ResultIds.openRun,
      // A tab shows the beginning of its label, and runs differ in their time.
      label: ({ path, run }) => trans.__('Run %2, %1', PathExt.basename(path), moment(run)),
      make: ({ path, run }) =>
        new RunPanel({
          api,
          path,
          run,
          trans,
          mount,
          openRun,
          openExecuted: (of, executed) =>
            void documents.openOrReveal(
              executedPath(executed, of),
              'Notebook',
              undefined,
              undefined,
              {
                shouldStart: false,
                autoStartDefault: false
              }
            ),
          perform: (of, line) => perform(documents, of, line),
          reveal: (of, cell, line) => void show(documents, of, cell, line)
        })
    });
    const histories = new Tabs<{ path: string }, HistoryPanel>({
      app,
      area,
      restorer,
      command: ResultIds.openHistory,
      label: ({ path }) =>
        path === '' ? trans.__('Runs') : trans.__('Runs: %1', PathExt.basename(path)),
      make: ({ path }) =>
        new HistoryPanel({
          api,
          path,
          trans,
          mount,
          openRun,
          compare: chosen =>
            void commands.execute(ResultIds.compareRuns, {
              runs: chosen.map(({ path: of, run }) => ({ path: of ?? path, run }))
            })
        })
    });
    const comparisons = new Tabs<{ runs: IRunArgs[] }, ComparePanel>({
      app,
      area,
      restorer,
      command: ResultIds.compareRuns,
      label: ({ runs: chosen }) => trans.__('Compare %1 runs', chosen.length),
      make: ({ runs: chosen }) => new ComparePanel({ api, runs: chosen, trans, mount, openRun })
    });

    const pathOf = (args: ReadonlyPartialJSONObject): string | null =>
      typeof args.path === 'string' ? args.path : (sessions.current?.path ?? null);
    commands.addCommand(ResultIds.openGraph, {
      ...words(trans.__('Show the Graph of the Notebook'), ['path']),
      caption: trans.__('Steps, what they need from each other, and how their run goes'),
      isEnabled: args => pathOf(args) !== null,
      execute: args => {
        const path = pathOf(args);
        if (path !== null) {
          graphs.open({ path }, 'split-right');
        }
      }
    });
    commands.addCommand(ResultIds.openRun, {
      ...words(trans.__('Show the Last Run of the Notebook'), ['path', 'run']),
      caption: trans.__('Its graph, timeline, outputs and values'),
      isEnabled: args => typeof args.run === 'string' || sessions.current?.runs.watch != null,
      execute: args => {
        const path = pathOf(args);
        const run =
          typeof args.run === 'string' ? args.run : sessions.current?.runs.watch?.state.run;
        if (path !== null && run !== undefined) {
          runs.open({ path, run });
        }
      }
    });
    commands.addCommand(ResultIds.openHistory, {
      ...words(trans.__('Show the History of Runs'), ['path']),
      caption: trans.__('Runs of this notebook and of all others'),
      execute: args => histories.open({ path: pathOf(args) ?? '' })
    });
    commands.addCommand(ResultIds.compareRuns, {
      ...words(trans.__('Compare Runs'), ['runs']),
      isVisible: args => isRuns(args.runs),
      isEnabled: args => isRuns(args.runs),
      execute: args => {
        if (isRuns(args.runs)) {
          comparisons.open({ runs: args.runs });
        }
      }
    });
    for (const command of [ResultIds.openGraph, ResultIds.openRun, ResultIds.openHistory]) {
      palette?.addItem({ command, category: trans.__('Notebook Pipeline') });
    }
  }
};

function words(
  label: ReturnType<TranslationBundle['__']>,
  names: readonly string[]
): { label: string; icon: typeof prismIcon; describedBy: { args: ReadonlyJSONObject } } {
  const properties = Object.fromEntries(names.map(name => [name, {}]));
  return { label, icon: prismIcon, describedBy: { args: { type: 'object', properties } } };
}

/** Open the notebook as it is now, and show a cell of it. */
async function show(
  documents: IDocumentManager,
  path: string,
  cell: string,
  line: number | null
): Promise<void> {
  const panel = documents.openOrReveal(path, 'Notebook') as NotebookPanel | undefined;
  if (panel !== undefined) {
    await panel.context.ready;
    await reveal(panel, cell, line);
  }
}

/** Perform a magic in the kernel of a notebook, which is opened behind this tab if it is not open. */
async function perform(documents: IDocumentManager, path: string, line: string): Promise<string> {
  const panel = (documents.findWidget(path, 'Notebook') ??
    documents.open(path, 'Notebook', undefined, { activate: false })) as NotebookPanel | undefined;
  if (panel === undefined) {
    throw new Problem('no-notebook', 'The notebook of the run cannot be opened.');
  }
  await panel.context.ready;
  await panel.sessionContext.ready;
  return performMagic(panel.sessionContext, line);
}

/** The time of day in a run's id, enough to tell two tabs apart. */
function moment(run: string): string {
  return `${run.slice(9, 11)}:${run.slice(11, 13)}:${run.slice(13, 15)}`;
}

function isRuns(value: unknown): value is IRunArgs[] {
  return (
    Array.isArray(value) &&
    value.every(
      (item: Partial<IRunArgs> | null) =>
        typeof item?.path === 'string' && typeof item.run === 'string'
    )
  );
}
