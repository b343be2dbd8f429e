/**
 * What the panel and the commands do with the notebook a user works with.
 */
import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

/** Return the selected code cells, or the active one where none is selected. */
export function selectedCodeCells(panel: NotebookPanel): readonly Cell[] {
  return panel.content.selectedCells.filter(cell => cell.model.type === 'code');
}

/** Make a cell the active one, bring it into view, and put the cursor on a line, from 1. */
export async function reveal(panel: NotebookPanel, id: string, line: number | null): Promise<void> {
  const { content } = panel;
  const index = content.widgets.findIndex(cell => cell.model.id === id);
  const cell = content.widgets[index];
  if (cell === undefined) {
    return;
  }
  content.deselectAll();
  content.activeCellIndex = index;
  await content.scrollToCell(cell, 'center');
  if (line !== null && cell.editor !== null && !panel.isDisposed) {
    const position = { line: Math.min(line, cell.editor.lineCount) - 1, column: 0 };
    cell.editor.setCursorPosition(position);
    cell.editor.revealPosition(position);
  }
}
