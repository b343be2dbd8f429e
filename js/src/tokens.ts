/**
 * Interfaces that other plugins and extensions may depend on; no code but the token.
 */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { Clusters } from './model/clusters';
import type { NotebookSession } from './model/session';
import type { OutputWriter } from './model/writer';

/** Where the outputs of a run appear. */
export type OutputsPlace = 'cells' | 'run-view';

/** What a user has set. */
export interface IPrismSettings {
  readonly showChips: boolean;
  readonly outputs: OutputsPlace;
  readonly changed: ISignal<IPrismSettings, void>;
}

/** The sessions of all open notebooks. */
export interface IPrismSessions {
  /** The session of the notebook a user works with, or null. */
  readonly current: NotebookSession | null;
  /** The panel it is shown in, or null. */
  readonly currentPanel: NotebookPanel | null;
  /** Emitted when `current` changes. */
  readonly currentChanged: ISignal<IPrismSessions, NotebookSession | null>;
  /**
   * Return the session of a panel's notebook; two views of one notebook share it. What a run
   * executed is a notebook too, but not one to compile: it has none.
   */
  of(panel: NotebookPanel): NotebookSession | null;
  /** Return what writes a run's outputs into the cells of a panel's notebook. */
  writerOf(panel: NotebookPanel): OutputWriter | null;
  readonly settings: IPrismSettings;
  /** Where runs may go. */
  readonly clusters: Clusters;
}

export const IPrismSessions = new Token<IPrismSessions>(
  'nbprism:IPrismSessions',
  'The pipelines and runs of the open notebooks.'
);
