/**
 * Carries edits out through the notebook's shared model: each is one step of its undo history.
 */
import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import { JSONExt } from '@lumino/coreutils';
import type { JSONValue } from '@lumino/coreutils';
import { readCells } from './cells';
import type { IEdit, ISteps } from './steps';
import { METADATA_KEY, readSettings, withSettings } from './stepSettings';
import { place, tagsOf, unplace } from './tags';
import type { Placement } from './tags';
import { asOneEdit } from './undo';

/** Return the notebook as edits of steps see it. */
export function readSteps(notebook: INotebookModel): ISteps {
  const settings = readSettings(notebook.getMetadata(METADATA_KEY));
  return { cells: readCells(notebook), settings };
}

/** Make `cells` part of a step, or give them a role. */
export function placeCells(
  notebook: INotebookModel,
  cells: readonly ICellModel[],
  placement: Placement
): void {
  applyEdit(
    notebook,
    tagEdit(notebook, cells, tags => place(tags, placement))
  );
}

/** Take our tags off `cells`. */
export function unplaceCells(notebook: INotebookModel, cells: readonly ICellModel[]): void {
  applyEdit(notebook, tagEdit(notebook, cells, unplace));
}

/** Carry an edit out; one that changes nothing leaves the notebook as clean as it was. */
export function applyEdit(notebook: INotebookModel, edit: IEdit): void {
  const changes = [...tagChanges(notebook, edit), ...textChanges(notebook, edit)];
  const settings = settingsChange(notebook, edit);
  const moves = movesTo(edit.order ?? []);
  if (changes.length === 0 && settings === null && moves.length === 0) {
    return;
  }
  asOneEdit(notebook, () => {
    changes.forEach(change => change());
    settings?.();
    moves.forEach(([from, to]) => notebook.sharedModel.moveCell(from, to));
  });
}

function tagEdit(
  notebook: INotebookModel,
  cells: readonly ICellModel[],
  change: (tags: readonly string[]) => readonly string[]
): IEdit {
  const chosen = new Set(cells);
  const tags = [...notebook.cells]
    .map((cell, index) => ({ cell, index }))
    .filter(({ cell }) => chosen.has(cell))
    .map(({ cell, index }) => [index, change(tagsOf(cell.getMetadata('tags')))] as const);
  return { tags: new Map(tags) };
}

function tagChanges(notebook: INotebookModel, { tags }: IEdit): (() => void)[] {
  return [...(tags ?? [])]
    .map(([index, wanted]) => ({ cell: notebook.cells.get(index), wanted }))
    .filter(({ cell, wanted }) => !sameTags(tagsOf(cell.getMetadata('tags')), wanted))
    .map(({ cell, wanted }) => () => {
      if (wanted.length === 0) {
        cell.deleteMetadata('tags');
      } else {
        cell.setMetadata('tags', [...wanted]);
      }
    });
}

function textChanges(notebook: INotebookModel, { texts }: IEdit): (() => void)[] {
  return [...(texts ?? [])].map(([index, changes]) => () => {
    const { sharedModel } = notebook.cells.get(index);
    changes.forEach(({ start, end, text }) => sharedModel.updateSource(start, end, text));
  });
}

function settingsChange(notebook: INotebookModel, { settings }: IEdit): (() => void) | null {
  if (settings === undefined) {
    return null;
  }
  const old = notebook.getMetadata(METADATA_KEY) as JSONValue | undefined;
  const metadata = withSettings(old, settings);
  if (metadata === undefined) {
    return old === undefined ? null : () => notebook.deleteMetadata(METADATA_KEY);
  }
  return old !== undefined && JSONExt.deepEqual(old, metadata)
    ? null
    : () => notebook.setMetadata(METADATA_KEY, metadata);
}

function sameTags(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((tag, index) => tag === other[index]);
}

/** Return the moves, one cell each, that bring the cells into the order. */
export function movesTo(order: readonly number[]): readonly (readonly [number, number])[] {
  const now = order.map((_, index) => index);
  const moves: [number, number][] = [];
  order.forEach((wanted, to) => {
    const from = now.indexOf(wanted);
    if (from !== to) {
      now.splice(to, 0, ...now.splice(from, 1));
      moves.push([from, to]);
    }
  });
  return moves;
}
