/**
 * What the server can do for the panel, the chips and the run views.
 */
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { JSONObject } from '@lumino/coreutils';
import type { IClusterList, IOffer } from './offer';
import type { IRunDetail, IRunRow } from './detail';
import type { IEventConnection } from './feed';
import type { IForecast, IQuestion } from './forecast';
import type { Sweep } from './parameters';
import type { IPipeline } from './pipeline';
import type { IProposal } from './proposal';
import type { IRunSummary, RunStateName } from './runState';
import type { IFormSchema } from './settingsForm';

/** A notebook to run. */
export interface ISubmission {
  readonly path: string;
  readonly notebook: INotebookContent;
  readonly parameters?: JSONObject;
  /** The values that other parameters go through: a run for each combination. */
  readonly sweep?: Sweep;
  /** Where it runs; the server's usual cluster where absent. */
  readonly cluster?: string;
  /** Sending the same key again starts nothing new. */
  readonly submit_key?: string;
}

/** What the server can do. Every method rejects with a `Problem`. */
export interface IPrismApi {
  compile(path: string, notebook: INotebookContent, signal?: AbortSignal): Promise<IPipeline>;
  /** Propose steps for a notebook without any. */
  suggest(path: string, notebook: INotebookContent): Promise<IProposal>;
  /** How a step's settings are asked for. */
  settingsForm(): Promise<IFormSchema>;
  /** Where runs may go. */
  clusters(): Promise<IClusterList>;
  /** What a cluster has; it is asked now. */
  cluster(name: string): Promise<IOffer>;
  /** Add a cluster to the user's list. */
  addCluster(name: string, url: string): Promise<IClusterList>;
  /** What a run would reuse and what it would run, and why. */
  forecast(path: string, question: IQuestion): Promise<IForecast>;
  submit(submission: ISubmission): Promise<IRunSummary>;
  /** The runs of a notebook, newest first; all of them, or so many. */
  runs(path: string, limit?: number): Promise<readonly IRunSummary[]>;
  summary(path: string, run: string): Promise<IRunSummary>;
  /** Ask a run, or one step of it, to stop. */
  cancel(path: string, run: string, step?: string): Promise<IRunSummary>;
  /** Have the server write a run into the notebook that people have open; whether it does. */
  writeOutputs(path: string, run: string): Promise<boolean>;
  /** The whole notebook as a run executed it. */
  executed(path: string, run: string): Promise<INotebookContent>;
  /** A connection that sends the run's events numbered above `after`. */
  events(path: string, run: string, after: number): IEventConnection;
}

/** Which runs a list is asked for; without a notebook's path those of all below the folder. */
export interface IRunsQuery {
  readonly path?: string;
  readonly folder?: string;
  readonly states?: readonly RunStateName[];
  readonly search?: string;
  readonly limit?: number;
  /** Only runs made before this one. */
  readonly before?: string;
}

/** Some runs, newest first. */
export interface IRunsPage {
  readonly runs: readonly IRunRow[];
  readonly more: boolean;
  /** False where the server has too many folders to look into each. */
  readonly searched_all: boolean;
}

/** An example notebook that comes with nbprism. */
export interface IExample {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

/** What the server knows of runs that are over, and can do with them. */
export interface IResultsApi extends Pick<IPrismApi, 'summary' | 'cancel' | 'executed' | 'events'> {
  history(query: IRunsQuery): Promise<IRunsPage>;
  detail(path: string, run: string): Promise<IRunDetail>;
  /** The notebook as it was submitted. */
  submitted(path: string, run: string): Promise<INotebookContent>;
  /** The executed notebook as an HTML page. */
  report(path: string, run: string): Promise<string>;
  driverLog(path: string, run: string): Promise<string>;
  /** Run the same plan again; with `resume` only what did not succeed. */
  again(path: string, run: string, resume: boolean): Promise<IRunRow>;
  pin(path: string, run: string, pinned: boolean): Promise<IRunRow>;
  remove(path: string, run: string): Promise<void>;
  examples(): Promise<readonly IExample[]>;
  /** Copy an example into a folder and return the path of the copy. */
  copyExample(name: string, folder: string): Promise<string>;
}
