/**
 * Sources in a notebook's JSON, which may be texts or lists of lines.
 */
import type { INotebookContent } from '@jupyterlab/nbformat';

/** Return the source of a cell, or null where the notebook has no such cell. */
export function sourceOf(notebook: INotebookContent, cell: string): string | null {
  const found = notebook.cells.find(item => item.id === cell);
  return found === undefined ? null : joined(found.source);
}

/** Return the sources of all code cells by id, in order. */
export function codeOf(notebook: INotebookContent): ReadonlyMap<string, string> {
  const code = notebook.cells.filter(cell => cell.cell_type === 'code');
  return new Map(code.map(cell => [cell.id as string, joined(cell.source)]));
}

function joined(source: string | readonly string[]): string {
  return typeof source === 'string' ? source : source.join('');
}
