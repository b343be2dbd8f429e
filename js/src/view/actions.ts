/**
 * What the panel's views can ask for. The panel carries it out; views know no server and no notebook.
 */
import type { JSONObject } from '@lumino/coreutils';
import type { IDiagnostic } from '../model/pipeline';
import type { Placement } from '../model/tags';

export interface IPanelActions {
  run(): void;
  cancel(): void;
  /** Place the selected cells. */
  place(placement: Placement): void;
  /** Take the tags of the selected cells off. */
  unplace(): void;
  /** Show a cell, and a line in it, counted from 1. */
  reveal(cell: string, line?: number | null): void;
  /** Propose steps for a notebook without any. */
  suggest(): void;
  /** Show the form of a step's settings; null closes it. */
  editSettings(step: string | null): void;
  setSettings(step: string, settings: JSONObject): void;
  /** Open the menu of a step at a place on the screen. */
  openStepMenu(step: string, x: number, y: number): void;
  renameStep(step: string): void;
  /** Make a cell part of a step; the cell stays where it is. */
  giveCell(cell: string, step: string): void;
  /** Move the cells of a step next to those of another. */
  moveStep(step: string, where: 'before' | 'after', other: string): void;
  /** Carry out what a finding proposes. */
  fix(diagnostic: IDiagnostic): void;
  /** Choose where the next run goes. */
  chooseCluster(name: string): void;
  /** Read the list of clusters anew. */
  lookForClusters(): void;
  /** Ask the chosen cluster again what it has. */
  askCluster(): void;
  /** Ask for a cluster to add to the list. */
  addCluster(): void;
  openExecuted(run: string): void;
  /** Open the graph of the notebook beside it. */
  openGraph(): void;
  /** Ask the kernel what the variables are that cross between steps. */
  lookAtKernel(): void;
  /** Open the view of a run. */
  openRun(run: string): void;
  /** Open the list of the notebook's runs. */
  openHistory(): void;
  /** Set a parameter of the next run as it is typed; null brings the default back. */
  setParameter(name: string, text: string | null): void;
  /** Put all outputs of the run that are offered into their cells. */
  showOutputs(): void;
  /** Ask the server again. */
  retry(): void;
  dismiss(): void;
}
