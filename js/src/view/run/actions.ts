/**
 * What the run view can ask for.
 */
import type { IOutput } from '@jupyterlab/nbformat';
import type { IDisposable } from '@lumino/disposable';

/** Outputs in a node; showing others changes only what is different. */
export interface IMounted extends IDisposable {
  show(outputs: readonly IOutput[]): void;
}

/** Makes room for outputs in a node, by JupyterLab's own renderers, none of them trusted. */
export type Mount = (node: HTMLElement) => IMounted;

export interface IResultActions {
  readonly mount: Mount;
  again(): void;
  resume(): void;
  cancel(): void;
  pin(pinned: boolean): void;
  openExecuted(): void;
  saveReport(): void;
  exportGraph(): void;
  /** Show a cell of the notebook as it is now, and a line in it, counted from 1. */
  reveal(cell: string, line: number | null): void;
  select(step: string | null): void;
  /** Put what a step works on into the user's kernel. */
  loadInputs(step: string): void;
  /** Put a value that a step gave into the user's kernel. */
  loadValue(step: string, name: string): void;
  /** The kernel's answer has been read. */
  dismissSaid(): void;
  /** Ask for the driver's last words. */
  readLog(): void;
  dismiss(): void;
}
