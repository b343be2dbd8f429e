/**
 * The menus of a step and of a cell's chip.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import { CellCommandIds } from './cellCommands';
import { CommandIds } from './commands';
import { ROLES } from './model/tags';
import { StepCommandIds } from './stepCommands';

export interface IMenuPlace {
  readonly x: number;
  readonly y: number;
}

/** Open the menu of a step in the panel. */
export function openStepMenu(commands: CommandRegistry, step: string, at: IMenuPlace): void {
  const menu = new Menu({ commands });
  addStepItems(menu, { step });
  open(menu, at);
}

/** Open the menu of the active cell's chip: what the cell is, and what to do with its step. */
export function openCellMenu(
  commands: CommandRegistry,
  trans: TranslationBundle,
  step: string | null,
  at: IMenuPlace
): void {
  const menu = new Menu({ commands });
  menu.addItem({ command: CommandIds.tag });
  const roles = new Menu({ commands });
  roles.title.label = trans.__('Tag with a Role');
  ROLES.forEach(tag => roles.addItem({ command: CommandIds.tag, args: { tag } }));
  menu.addItem({ type: 'submenu', submenu: roles });
  menu.addItem({ command: CommandIds.untag });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CellCommandIds.runElsewhere });
  if (step !== null) {
    menu.addItem({ type: 'separator' });
    menu.addItem({ command: StepCommandIds.split });
    addStepItems(menu, { step });
  }
  open(menu, at);
}

function addStepItems(menu: Menu, args: { readonly step: string }): void {
  menu.addItem({ command: CommandIds.cancelStep, args });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: StepCommandIds.settings, args });
  menu.addItem({ command: StepCommandIds.rename, args });
  menu.addItem({ command: StepCommandIds.mergeUp, args });
  menu.addItem({ command: StepCommandIds.merge, args });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: StepCommandIds.moveUp, args });
  menu.addItem({ command: StepCommandIds.moveDown, args });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: StepCommandIds.delete, args });
}

function open(menu: Menu, { x, y }: IMenuPlace): void {
  // A command may need the menu after it closed, so it goes a moment later.
  menu.aboutToClose.connect(() => setTimeout(() => menu.dispose(), 0));
  menu.open(x, y);
}
