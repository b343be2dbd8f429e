/**
 * Edits of a notebook's tags, through its shared model.
 */
import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import { place, tagsOf, unplace } from './tags';
import type { Placement } from './tags';

/** Make `cells` part of a step, or give them a role. */
export function placeCells(
  notebook: INotebookModel,
  cells: readonly ICellModel[],
  placement: Placement
): void {
  edit(notebook, cells, tags => place(tags, placement));
}

/** Take our tags off `cells`. */
export function unplaceCells(notebook: INotebookModel, cells: readonly ICellModel[]): void {
  edit(notebook, cells, unplace);
}

function edit(
  notebook: INotebookModel,
  cells: readonly ICellModel[],
  change: (tags: readonly string[]) => readonly string[]
): void {
  const shared = notebook.sharedModel;
  // `setMetadata` alone cannot be undone; inside a transaction that can, it can.
  if (shared.disableDocumentWideUndoRedo) {
    cells.forEach(cell => cell.sharedModel.transact(() => retag(cell, change), true));
  } else {
    shared.transact(() => cells.forEach(cell => retag(cell, change)), true);
  }
}

function retag(cell: ICellModel, change: (tags: readonly string[]) => readonly string[]): void {
  const old = tagsOf(cell.getMetadata('tags'));
  const tags = change(old);
  if (tags.length === old.length && tags.every((tag, index) => tag === old[index])) {
    return; // no spurious dirty state
  }
  if (tags.length === 0) {
    cell.deleteMetadata('tags');
  } else {
    cell.setMetadata('tags', [...tags]);
  }
}
