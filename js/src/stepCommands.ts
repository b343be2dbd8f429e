/**
 * The commands that edit steps: of the step in their `step` argument, or else of the active cell's.
 */
import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { taggedSteps } from './model/cells';
import type { NotebookSession } from './model/session';
import type { IEdit, ISteps } from './model/steps';
import {
  canSplit,
  deleteStep,
  freeName,
  moveStep,
  neighbour,
  renameStep,
  splitStep
} from './model/steps';
import { isRole, isStepName } from './model/tags';
import { suggestSteps } from './suggest';
import type { IPrismSessions } from './tokens';

/** Ids of the commands. */
export const StepCommandIds = {
  suggest: 'nbprism:suggest-steps',
  settings: 'nbprism:edit-step-settings',
  rename: 'nbprism:rename-step',
  mergeUp: 'nbprism:merge-step-up',
  merge: 'nbprism:merge-step',
  split: 'nbprism:split-step',
  moveUp: 'nbprism:move-step-up',
  moveDown: 'nbprism:move-step-down',
  delete: 'nbprism:delete-step'
} as const;

export interface IStepCommandsOptions {
  readonly commands: CommandRegistry;
  readonly sessions: IPrismSessions;
  readonly trans: TranslationBundle;
  /** Show the form of a step's settings. */
  showSettings(step: string): void;
}

/** A step that a command is for. */
interface ITarget {
  readonly session: NotebookSession;
  readonly step: string;
  readonly steps: ISteps;
  /** Position of the active cell. */
  readonly at: number;
}

/** What is done with a step; null: the user thought better of it. */
type Work = (target: ITarget) => IEdit | null | Promise<IEdit | null>;

/** Add the commands. */
export function addStepCommands(options: IStepCommandsOptions): void {
  const { commands, sessions, trans, showSettings } = options;
  commands.addCommand(StepCommandIds.suggest, {
    label: trans.__('Suggest Steps…'),
    caption: trans.__('Propose steps from headings and code, for a notebook without any'),
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => sessions.current !== null,
    execute: async () => {
      if (sessions.current !== null) {
        await suggestSteps(trans, sessions.current);
      }
    }
  });
  const find = (args: ReadonlyPartialJSONObject): ITarget | null => targetOf(sessions, args);
  const add = (
    id: string,
    label: string,
    caption: string,
    work: Work,
    can: (target: ITarget) => boolean = () => true
  ): void => {
    commands.addCommand(id, {
      label,
      caption,
      describedBy: { args: STEP_ARGS },
      isEnabled: args => {
        const target = find(args);
        return target !== null && can(target);
      },
      execute: async args => {
        const target = find(args);
        const edit = target === null ? null : await work(target);
        if (target !== null && edit !== null && !target.session.isDisposed) {
          carryOut(target, edit, sessions.currentPanel);
        }
      }
    });
  };
  const neighbourOf = ({ steps, step }: ITarget, by: -1 | 1): string | null =>
    neighbour(steps.cells, step, by);
  add(
    StepCommandIds.settings,
    trans.__('Step Settings…'),
    trans.__('CPUs, GPUs, memory, retries, order and what else the step asks for'),
    target => {
      showSettings(target.step);
      return null;
    }
  );
  add(
    StepCommandIds.rename,
    trans.__('Rename Step…'),
    trans.__('Give the step another name, in its tags, its settings and wherever it is named'),
    target => rename(trans, target)
  );
  add(
    StepCommandIds.mergeUp,
    trans.__('Merge into the Step Above'),
    trans.__('Make the cells of this step part of the one above'),
    target => into(target, neighbourOf(target, -1)),
    target => neighbourOf(target, -1) !== null
  );
  add(
    StepCommandIds.merge,
    trans.__('Merge into…'),
    trans.__('Make the cells of this step part of another'),
    async target => into(target, await askForOther(trans, target)),
    ({ steps }) => taggedSteps(steps.cells).length > 1
  );
  add(
    StepCommandIds.split,
    trans.__('Split Step at This Cell…'),
    trans.__('Make this cell, and the cells of its step below, a step of their own'),
    target => split(trans, target),
    ({ steps, at }) => canSplit(steps.cells, at)
  );
  add(
    StepCommandIds.moveUp,
    trans.__('Move Step Up'),
    trans.__('Move the cells of the step above those of the one before'),
    target => beside(target, 'before', neighbourOf(target, -1)),
    target => neighbourOf(target, -1) !== null
  );
  add(
    StepCommandIds.moveDown,
    trans.__('Move Step Down'),
    trans.__('Move the cells of the step below those of the next one'),
    target => beside(target, 'after', neighbourOf(target, 1)),
    target => neighbourOf(target, 1) !== null
  );
  add(
    StepCommandIds.delete,
    trans.__('Remove Step'),
    trans.__('Take the tags of the step off its cells; the cells stay'),
    ({ steps, step }) => deleteStep(steps, step)
  );
}

/** A moved cell is a new widget, so the cursor goes along with it by hand. */
function carryOut({ session, at }: ITarget, edit: IEdit, panel: NotebookPanel | null): void {
  const isAtWork = panel?.content.node.contains(document.activeElement) ?? false;
  session.edit(edit);
  if (panel !== null && edit.order !== undefined) {
    panel.content.activeCellIndex = edit.order.indexOf(at);
    if (isAtWork) {
      panel.content.activate();
    }
  }
}

function targetOf(sessions: IPrismSessions, args: ReadonlyPartialJSONObject): ITarget | null {
  const { current, currentPanel } = sessions;
  if (current === null || currentPanel === null) {
    return null;
  }
  const steps = current.steps();
  const at = currentPanel.content.activeCellIndex;
  const step = typeof args.step === 'string' ? args.step : (steps.cells[at]?.step ?? null);
  const isThere = step !== null && taggedSteps(steps.cells).includes(step);
  return isThere ? { session: current, step, steps, at } : null;
}

function into({ steps, step }: ITarget, other: string | null): IEdit | null {
  return other === null ? null : renameStep(steps, step, other);
}

function beside(
  { steps, step }: ITarget,
  where: 'before' | 'after',
  other: string | null
): IEdit | null {
  return other === null ? null : moveStep(steps, step, where, other);
}

async function rename(trans: TranslationBundle, { steps, step }: ITarget): Promise<IEdit | null> {
  const name = await askForName(trans, trans.__('Rename step "%1"', step), step);
  if (name === null || name === step) {
    return null;
  }
  const isTaken = taggedSteps(steps.cells).includes(name);
  return !isTaken || (await mayMerge(trans, step, name)) ? renameStep(steps, step, name) : null;
}

async function split(trans: TranslationBundle, { steps, at }: ITarget): Promise<IEdit | null> {
  const old = steps.cells[at]?.step ?? '';
  const title = trans.__('Name of the step from this cell on');
  const name = await askForName(trans, title, freeName(steps.cells, old));
  return name === null || name === old ? null : splitStep(steps, at, name);
}

/** Ask until the answer is a name a step can have; null if there is none. */
async function askForName(
  trans: TranslationBundle,
  title: string,
  text: string
): Promise<string | null> {
  const { button, value } = await InputDialog.getText({
    title,
    text,
    label: trans.__('A letter, then letters, digits, "_" or "-"'),
    pattern: '[A-Za-z][A-Za-z0-9_\\-]*',
    selectionRange: text.length
  });
  const name = (value ?? '').trim();
  if (!button.accept || name === '') {
    return null;
  }
  return isStepName(name) && !isRole(name) ? name : askForName(trans, title, name);
}

async function askForOther(
  trans: TranslationBundle,
  { steps, step }: ITarget
): Promise<string | null> {
  const others = taggedSteps(steps.cells).filter(name => name !== step);
  const { button, value } = await InputDialog.getItem({
    title: trans.__('Merge "%1" into', step),
    items: others
  });
  return button.accept && value !== null && others.includes(value) ? value : null;
}

async function mayMerge(trans: TranslationBundle, step: string, name: string): Promise<boolean> {
  const { button } = await showDialog({
    title: trans.__('There is a step "%1" already', name),
    body: trans.__('Make the cells of "%1" part of it?', step),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Merge') })]
  });
  return button.accept;
}

const STEP_ARGS = {
  type: 'object',
  properties: { step: { type: 'string', description: 'Name of a step' } }
} as const;
