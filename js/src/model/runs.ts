/**
 * The runs of one notebook: starting one, stopping it, following the last.
 */
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { JSONObject } from '@lumino/coreutils';
import { UUID } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IPrismApi } from './server';
import { digest } from './digest';
import type { IStartedRun, TabMemory } from './memory';
import { Problem } from './problem';
import type { Sweep } from './parameters';
import { isOver } from './run';
import type { IRunSummary } from './runState';
import { sources } from './snapshot';
import { RunWatch } from './watch';

export interface INotebookRunsOptions {
  readonly api: IPrismApi;
  readonly memory: TabMemory;
  /** The notebook's path as the server knows it; it changes when the notebook is renamed. */
  path(): string;
  /** The notebook as it is now. */
  read(): INotebookContent;
}

/** How the notebook is to be run. */
export interface IStart {
  readonly parameters?: JSONObject;
  readonly sweep?: Sweep;
  /** Null for the server's usual one. */
  readonly cluster?: string | null;
}

/** What is being asked of the server. */
export type Busy = 'submitting' | 'cancelling' | 'stopping-step' | null;

/** Follows the newest run of a notebook, whoever started it. */
export class NotebookRuns implements IDisposable {
  constructor(options: INotebookRunsOptions) {
    this._options = options;
  }

  /** Emitted when anything a view shows has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when another run is followed. */
  get watchChanged(): ISignal<this, RunWatch> {
    return this._watchChanged;
  }

  /** The run that is followed: the notebook's last one. */
  get watch(): RunWatch | null {
    return this._watch;
  }

  get busy(): Busy {
    return this._busy;
  }

  /** Why the last request was refused, until the next one or until it is dismissed. */
  get problem(): Problem | null {
    return this._problem;
  }

  /** Whether a run is going on, or about to. */
  get isActive(): boolean {
    return this._busy === 'submitting' || (this._watch !== null && !this._watch.isOver);
  }

  /** What this tab remembers of the run; null where another tab or the command line started it. */
  get started(): IStartedRun | null {
    const started = this._options.memory.recall(this._options.path());
    return started !== null && started.run === this._watch?.state.run ? started : null;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Remember that all outputs of the run have been written. */
  markWritten(): void {
    const { started } = this;
    if (started?.isWritten === false) {
      this._options.memory.keep(this._options.path(), { ...started, isWritten: true });
    }
  }

  /** Submit the notebook as it is now; of a sweep the last run is followed. */
  async start({ parameters = {}, sweep = {}, cluster = null }: IStart = {}): Promise<void> {
    if (this.isActive) {
      return;
    }
    await this._doing('submitting', async () => {
      const notebook = this._options.read();
      const { run } = await this._options.api.submit({
        path: this._options.path(),
        notebook,
        parameters,
        submit_key: UUID.uuid4(),
        ...(Object.keys(sweep).length === 0 ? {} : { sweep }),
        ...(cluster === null ? {} : { cluster })
      });
      this._remember(run, notebook);
      this._follow(run);
    });
  }

  /** Ask the run to stop, and all others of its sweep. */
  async cancel(): Promise<void> {
    const watch = this._watch;
    if (watch === null || watch.isOver) {
      return;
    }
    await this._doing('cancelling', async () => {
      const { api, path } = this._options;
      const { run, sweep } = watch.state;
      const others = sweep === null ? [] : await api.runs(path());
      const open = others.filter(other => other.sweep === sweep && !isOver(other.state));
      const asked = new Set([run, ...open.map(other => other.run)]);
      const answers = await Promise.allSettled([...asked].map(id => api.cancel(path(), id)));
      // One that ended in this moment refuses, and it is as well.
      const refused = answers.find(answer => answer.status === 'rejected');
      if (refused !== undefined && answers.every(answer => answer.status === 'rejected')) {
        throw refused.reason;
      }
    });
  }

  /** Tell whether one step of the run can be asked to stop: it has begun, or is about to. */
  canCancelStep(step: string): boolean {
    const state = this._watch?.state.steps.get(step)?.state;
    return this._busy === null && this.isActive && (state === 'running' || state === 'queued');
  }

  /** Ask one step of the run to stop; those that do not need it go on. */
  async cancelStep(step: string): Promise<void> {
    const run = this._watch?.state.run;
    if (run !== undefined && this.canCancelStep(step)) {
      const { api, path } = this._options;
      await this._doing('stopping-step', async () => {
        await api.cancel(path(), run, step);
      });
    }
  }

  /**
   * Ask the server to write the run into the notebook, which several people have open; return
   * whether it does.
   */
  async writeOutputs(): Promise<boolean> {
    const run = this._watch?.state.run;
    return run !== undefined && (await this._options.api.writeOutputs(this._options.path(), run));
  }

  /** Look for a run started elsewhere: in another tab, from the command line. */
  async look(): Promise<void> {
    if (this.isActive || this._isLooking) {
      this._watch?.hurry();
      return;
    }
    this._isLooking = true;
    try {
      const [newest] = await this._options.api.runs(this._options.path(), 1);
      this._consider(newest ?? null);
    } catch {
      // The compilation asks the same server and says what is wrong with it.
    } finally {
      this._isLooking = false;
    }
  }

  /** Forget the problem a user has read. */
  dismiss(): void {
    this._problem = null;
    this._changed.emit();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._watch?.dispose();
    Signal.clearData(this);
  }

  /** Follow `run` unless it is followed already, or the user has started one meanwhile. */
  private _consider(newest: IRunSummary | null): void {
    const followed = this._watch?.state;
    // The runs of a sweep start in one moment: none of them is newer than the one that is followed.
    const isOfSweep = newest?.sweep != null && newest.sweep === followed?.sweep;
    if (newest !== null && newest.run !== followed?.run && !isOfSweep && !this.isActive) {
      this._follow(newest.run);
    }
  }

  private _remember(run: string, notebook: INotebookContent): void {
    const digests = [...sources(notebook)].map(([id, source]): [string, string] => [
      id,
      digest(source)
    ]);
    const started = { run, sources: Object.fromEntries(digests), isWritten: false };
    this._options.memory.keep(this._options.path(), started);
  }

  private _follow(run: string): void {
    if (this._isDisposed) {
      return;
    }
    this._watch?.dispose();
    const { api, path } = this._options;
    const watch = new RunWatch(run, {
      connect: after => api.events(path(), run, after),
      exists: () => this._exists(run)
    });
    this._watch = watch;
    watch.changed.connect(() => this._changed.emit());
    this._watchChanged.emit(watch);
    watch.start();
    this._changed.emit();
  }

  private async _exists(run: string): Promise<boolean> {
    try {
      await this._options.api.summary(this._options.path(), run);
      return true;
    } catch (error) {
      return Problem.of(error).status !== 404;
    }
  }

  private async _doing(busy: Busy, work: () => Promise<void>): Promise<void> {
    this._busy = busy;
    this._problem = null;
    this._changed.emit();
    try {
      await work();
    } catch (error) {
      this._problem = Problem.of(error);
    } finally {
      this._busy = null;
      this._changed.emit();
    }
  }

  private readonly _options: INotebookRunsOptions;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _watchChanged = new Signal<this, RunWatch>(this);
  private _watch: RunWatch | null = null;
  private _busy: Busy = null;
  private _problem: Problem | null = null;
  private _isDisposed = false;
  private _isLooking = false;
}
