/**
 * The notebook as the browser holds it, for the compiler.
 */
import type { ICell, INotebookContent } from '@jupyterlab/nbformat';
import type { INotebookModel } from '@jupyterlab/notebook';

/**
 * Return the notebook without its outputs.
 *
 * No step reads an output, and a notebook's images would otherwise travel with every keystroke.
 */
export function snapshot(model: INotebookModel): INotebookContent {
  return {
    nbformat: model.nbformat,
    nbformat_minor: model.nbformatMinor,
    metadata: { ...model.metadata },
    cells: [...model.cells].map(cell => {
      const { trusted: _, ...metadata } = cell.metadata;
      const source = cell.sharedModel.getSource();
      const form: ICell = { id: cell.id, cell_type: cell.type, source, metadata };
      return cell.type === 'code' ? { ...form, outputs: [], execution_count: null } : form;
    })
  };
}

/** Return the source of every code cell, by id. */
export function sources(notebook: INotebookContent): ReadonlyMap<string, string> {
  const code = notebook.cells.filter(cell => cell.cell_type === 'code');
  return new Map(code.map(cell => [cell.id as string, cell.source as string]));
}
