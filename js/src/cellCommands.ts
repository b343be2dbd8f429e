/**
 * The command that runs a cell on the cluster with the values of the user's kernel.
 */
import { Notification } from '@jupyterlab/apputils';
import { CodeCell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { prismIcon } from './icons';
import { executeElsewhere } from './kernel';
import { offloadOptions } from './model/offload';
import { Problem } from './model/problem';
import type { IPrismSessions } from './tokens';

/** Ids of the commands. */
export const CellCommandIds = {
  runElsewhere: 'nbprism:run-cell-on-cluster'
} as const;

export interface ICellCommandsOptions {
  readonly commands: CommandRegistry;
  readonly sessions: IPrismSessions;
  readonly trans: TranslationBundle;
}

/** Add the command. */
export function addCellCommands({ commands, sessions, trans }: ICellCommandsOptions): void {
  const activeCell = (): CodeCell | null => {
    const cell = sessions.currentPanel?.content.activeCell;
    return cell instanceof CodeCell ? cell : null;
  };
  commands.addCommand(CellCommandIds.runElsewhere, {
    label: trans.__('Run Cell on the Cluster with My Variables'),
    caption: trans.__(
      "The cell gets what it needs of the notebook's kernel, and the kernel gets what it binds"
    ),
    icon: prismIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => activeCell() !== null,
    execute: async () => {
      const cell = activeCell();
      if (cell !== null) {
        await run(sessions, cell);
      }
    }
  });
}

/** Run one cell; what goes wrong before its output area can say so is said in a notification. */
async function run(sessions: IPrismSessions, cell: CodeCell): Promise<void> {
  const { current, currentPanel } = sessions;
  if (current === null || currentPanel === null) {
    return;
  }
  const { cells, settings } = current.steps();
  const step = cells.find(({ id }) => id === cell.model.id)?.step ?? null;
  const options = offloadOptions(step === null ? {} : (settings[step] ?? {}), current.cluster.name);
  sessions.writerOf(currentPanel)?.leave(cell.model.id);
  try {
    await executeElsewhere(cell, currentPanel.sessionContext, options);
  } catch (error) {
    Notification.error(Problem.of(error).message, { autoClose: 8000 });
  }
}
