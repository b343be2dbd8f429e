/**
 * Interfaces that other plugins and extensions may depend on; no code but the token.
 */
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { JSONObject } from '@lumino/coreutils';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { IEventConnection } from './model/feed';
import type { IPipeline } from './model/pipeline';
import type { IProposal } from './model/proposal';
import type { IRunSummary } from './model/run';
import type { NotebookSession } from './model/session';
import type { ICluster, IFormSchema } from './model/settingsForm';
import type { OutputWriter } from './model/writer';

/** A notebook to run. */
export interface ISubmission {
  readonly path: string;
  readonly notebook: INotebookContent;
  readonly parameters?: JSONObject;
  /** Sending the same key again starts nothing new. */
  readonly submit_key: string;
}

/** What the server can do. Every method rejects with a `Problem`. */
export interface IPrismApi {
  compile(path: string, notebook: INotebookContent, signal?: AbortSignal): Promise<IPipeline>;
  /** Propose steps for a notebook without any. */
  suggest(path: string, notebook: INotebookContent): Promise<IProposal>;
  /** How a step's settings are asked for. */
  settingsForm(): Promise<IFormSchema>;
  /** Where runs go, and what there is. */
  cluster(): Promise<ICluster>;
  submit(submission: ISubmission): Promise<IRunSummary>;
  /** The runs of a notebook, newest first. */
  runs(path: string): Promise<readonly IRunSummary[]>;
  summary(path: string, run: string): Promise<IRunSummary>;
  cancel(path: string, run: string): Promise<IRunSummary>;
  /** The whole notebook as a run executed it. */
  executed(path: string, run: string): Promise<INotebookContent>;
  /** A connection that sends the run's events numbered above `after`. */
  events(path: string, run: string, after: number): IEventConnection;
}

/** What a user has set. */
export interface IPrismSettings {
  readonly showChips: boolean;
  readonly writeOutputs: boolean;
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
}

export const IPrismSessions = new Token<IPrismSessions>(
  'nbprism:IPrismSessions',
  'The pipelines and runs of the open notebooks.'
);
