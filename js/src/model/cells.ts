/**
 * The cells of a notebook as the edits of steps see them: by position, since ids may repeat.
 */
import type { INotebookModel } from '@jupyterlab/notebook';
import { placementIn, tagsOf } from './tags';

/** One cell: where it is, its tags, and the step these make it part of. */
export interface ICellFacts {
  readonly index: number;
  readonly id: string;
  readonly isCode: boolean;
  readonly tags: readonly string[];
  /** Its step, tagged or continued from above; null outside of steps and for text. */
  readonly step: string | null;
}

/** Return the cells of a notebook. */
export function readCells(notebook: INotebookModel): readonly ICellFacts[] {
  const cells = [...notebook.cells].map((cell, index) => ({
    index,
    id: cell.id,
    isCode: cell.type === 'code',
    tags: tagsOf(cell.getMetadata('tags'))
  }));
  return withSteps(cells);
}

/**
 * Say of each cell which step it is in, by the compiler's rule: an untagged code cell continues
 * the step above it.
 */
export function withSteps(cells: readonly Omit<ICellFacts, 'step'>[]): readonly ICellFacts[] {
  let current: string | null = null;
  return cells.map(cell => {
    const placement = cell.isCode ? placementIn(cell.tags) : null;
    if (placement?.kind === 'step') {
      current = placement.step;
    } else if (placement?.role === 'metrics') {
      current = null; // a step of the compiler's own, which goes on below it
    }
    const isOutside = !cell.isCode || placement?.kind === 'role';
    return { ...cell, step: isOutside ? null : current };
  });
}

/** Return the names of the steps that cells are tagged with, in notebook order. */
export function taggedSteps(cells: readonly ICellFacts[]): readonly string[] {
  return [...new Set(cells.map(cell => cell.step).filter(step => step !== null))];
}
