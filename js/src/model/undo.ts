/**
 * Edits of tags, settings and cells that one "undo" takes back together.
 */
import type { INotebookModel } from '@jupyterlab/notebook';
import type { YNotebook } from '@jupyter/ydoc';

type Shared = Pick<YNotebook, 'undoManager' | 'ydoc' | 'ymeta'>;
type UndoManager = YNotebook['undoManager'];

/** Marks our transactions, so that the undo history takes their change of metadata in. */
const OURS = 'nbprism';

/**
 * Carry `change` out as one entry of the notebook's undo history.
 *
 * Also where undo is per cell: an edit of steps is one of the notebook, like moving a cell.
 */
export function asOneEdit(notebook: INotebookModel, change: () => void): void {
  const shared: Shared = notebook.sharedModel as unknown as Shared;
  const { undoManager: history } = shared;
  includeMetadata(shared);
  history.stopCapturing(); // not joined with what was typed a moment ago
  shared.ydoc.transact(transaction => {
    transaction.meta.set(OURS, true);
    change();
  }, shared);
  history.stopCapturing();
}

const included = new WeakSet<UndoManager>();

/**
 * Let the history know our changes of the notebook's metadata.
 *
 * JupyterLab keeps metadata out of it, with good reason: its own changes (a kernel's language)
 * are nobody's edit. So those stay out, unless they come together with a change of cells.
 */
function includeMetadata({ undoManager: history, ymeta }: Shared): void {
  if (included.has(history)) {
    return;
  }
  included.add(history);
  const cells: ReadonlySet<unknown> = new Set(history.scope);
  const captures = history.captureTransaction;
  history.captureTransaction = transaction =>
    captures(transaction) &&
    (transaction.meta.has(OURS) ||
      [...transaction.changedParentTypes.keys()].some(type => cells.has(type)));
  history.addToScope(ymeta as never);
}
