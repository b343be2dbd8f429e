/**
 * The commands of nbprism: `nbprism:verb-noun`.
 */
import { Notification } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { stopIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { addCluster } from './addCluster';
import { askForTag } from './dialog';
import { executedPath } from './drive';
import { prismIcon } from './icons';
import { taggedSteps } from './model/cells';
import type { NotebookSession } from './model/session';
import { ROLES, parsePlacement } from './model/tags';
import { selectedCodeCells } from './notebooks';
import type { IPrismSessions } from './tokens';

/** Ids of the commands. */
export const CommandIds = {
  run: 'nbprism:run',
  cancel: 'nbprism:cancel',
  cancelStep: 'nbprism:cancel-step',
  tag: 'nbprism:tag-cells',
  untag: 'nbprism:untag-cells',
  openPanel: 'nbprism:open-panel',
  addCluster: 'nbprism:add-cluster',
  openExecuted: 'nbprism:open-executed'
} as const;

export interface ICommandsOptions {
  readonly commands: CommandRegistry;
  readonly sessions: IPrismSessions;
  readonly documents: IDocumentManager;
  readonly trans: TranslationBundle;
}

/** Add all commands but `nbprism:open-panel`, which belongs to the panel. */
export function addCommands(options: ICommandsOptions): void {
  addRunCommands(options);
  addClusterCommands(options);
  addTagCommands(options);
  addResultCommands(options);
  // Enabled and visible states depend on the notebook and on its run.
  let followed: NotebookSession | null = null;
  // By id: a toolbar button does not listen to a change of all commands.
  const notify = (): void =>
    Object.values(CommandIds).forEach(id => {
      if (options.commands.hasCommand(id)) {
        options.commands.notifyCommandChanged(id);
      }
    });
  const follow = (_: unknown, session: NotebookSession | null): void => {
    followed?.changed.disconnect(notify);
    followed = session;
    session?.changed.connect(notify);
    notify();
  };
  options.sessions.currentChanged.connect(follow);
  follow(null, options.sessions.current);
}

function addRunCommands({ commands, sessions, trans }: ICommandsOptions): void {
  commands.addCommand(CommandIds.run, {
    label: trans.__('Run as Pipeline'),
    caption: trans.__('Run the notebook as a pipeline on Ray'),
    icon: prismIcon,
    describedBy: { args: NO_ARGS },
    isEnabled: () => sessions.current !== null && !sessions.current.runs.isActive,
    execute: async () => {
      const session = sessions.current;
      if (session !== null && !(await session.run())) {
        const said =
          session.problem?.message ?? trans.__('The notebook has problems to solve first.');
        Notification.error(said, { autoClose: 8000 });
        await commands.execute(CommandIds.openPanel);
      }
    }
  });
  commands.addCommand(CommandIds.cancel, {
    label: trans.__('Cancel the Pipeline Run'),
    caption: trans.__('Stop the run of this notebook'),
    icon: stopIcon,
    describedBy: { args: NO_ARGS },
    isVisible: () => sessions.current?.runs.isActive ?? false,
    isEnabled: () =>
      sessions.current?.runs.isActive === true && sessions.current.runs.busy === null,
    execute: () => sessions.current?.runs.cancel()
  });
  commands.addCommand(CommandIds.cancelStep, {
    label: trans.__('Cancel This Step'),
    caption: trans.__('Stop one step of the run; those that do not need it go on'),
    icon: stopIcon,
    describedBy: {
      args: { type: 'object', properties: { step: { type: 'string' } }, required: ['step'] }
    },
    isVisible: ({ step }) =>
      typeof step === 'string' && sessions.current?.runs.canCancelStep(step) === true,
    execute: ({ step }) =>
      typeof step === 'string' ? sessions.current?.runs.cancelStep(step) : undefined
  });
}

function addClusterCommands({ commands, sessions, trans }: ICommandsOptions): void {
  commands.addCommand(CommandIds.addCluster, {
    label: trans.__('Add a Cluster…'),
    caption: trans.__('Add a Ray cluster to those that runs can go to'),
    describedBy: { args: NO_ARGS },
    execute: async () => {
      const session = sessions.current;
      const name = await addCluster(trans, sessions.clusters);
      if (name !== null && session?.isDisposed === false) {
        session.cluster.choose(name);
      }
    }
  });
}

function addTagCommands({ commands, sessions, trans }: ICommandsOptions): void {
  const hasCells = (): boolean => {
    const panel = sessions.currentPanel;
    return panel !== null && selectedCodeCells(panel).length > 0;
  };
  commands.addCommand(CommandIds.tag, {
    label: args => (typeof args.tag === 'string' ? args.tag : trans.__('Tag as Step…')),
    caption: trans.__('Make the selected cells part of a step, or give them a role'),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          tag: {
            type: 'string',
            description: trans.__('A step name or a role; if absent, the user is asked')
          }
        }
      }
    },
    isEnabled: hasCells,
    execute: async (args: ReadonlyPartialJSONObject) => {
      const { current, currentPanel } = sessions;
      if (current !== null && currentPanel !== null) {
        await tag(trans, current, currentPanel, args.tag);
      }
    }
  });
  commands.addCommand(CommandIds.untag, {
    label: trans.__('Remove Step or Role'),
    caption: trans.__('Take the step and role tags of the selected cells off'),
    describedBy: { args: NO_ARGS },
    isEnabled: hasCells,
    execute: () => {
      const { current, currentPanel } = sessions;
      if (current !== null && currentPanel !== null) {
        current.unplace(selectedCodeCells(currentPanel).map(cell => cell.model));
      }
    }
  });
}

async function tag(
  trans: TranslationBundle,
  session: NotebookSession,
  panel: NotebookPanel,
  given: unknown
): Promise<void> {
  // Asked before the dialog: the selection may change while it is open.
  const cells = selectedCodeCells(panel).map(cell => cell.model);
  const names = [...taggedSteps(session.steps().cells), ...ROLES];
  const text = typeof given === 'string' ? given : await askForTag(trans, names);
  if (text === null || session.isDisposed) {
    return;
  }
  const placement = parsePlacement(text);
  if (placement === null) {
    Notification.warning(
      trans.__('"%1" cannot name a step: a letter, then letters, digits, "_" or "-".', text)
    );
    return;
  }
  session.place(cells, placement);
}

function addResultCommands({ commands, sessions, documents, trans }: ICommandsOptions): void {
  commands.addCommand(CommandIds.openExecuted, {
    label: trans.__('Open the Executed Notebook of the Last Run'),
    describedBy: { args: { type: 'object', properties: { run: { type: 'string' } } } },
    isEnabled: () => sessions.current?.runs.watch?.state.executed != null,
    execute: args => {
      const session = sessions.current;
      const run = typeof args.run === 'string' ? args.run : session?.runs.watch?.state.run;
      if (session === null || run === undefined) {
        return;
      }
      // Its kernel would be of no use: the notebook is for reading.
      documents.openOrReveal(executedPath(run, session.path), 'Notebook', undefined, undefined, {
        shouldStart: false,
        autoStartDefault: false
      });
    }
  });
}

const NO_ARGS = { type: 'object', properties: {} } as const;
