/**
 * One run in full, as the run view shows it: what it does now and what it left.
 */
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IResultsApi } from './server';
import type { IRunDetail, IRunRow, IUnit } from './detail';
import { graphOfUnits } from './graph';
import type { IGraph } from './graph';
import { Problem } from './problem';
import { RunLog } from './runLog';
import { RunWatch } from './watch';

export interface IResultOptions {
  readonly api: IResultsApi;
  readonly path: string;
  readonly run: string;
}

/** Follows a run and reads what it left. */
export class RunResult implements IDisposable {
  constructor(options: IResultOptions) {
    this._options = options;
    const { api, path, run } = options;
    this.watch = new RunWatch(run, {
      connect: after => api.events(path, run, after),
      exists: () => this._exists()
    });
    this.watch.received.connect((_, events) => this.lines.apply(events));
    this.watch.changed.connect(this._onWatched, this);
    this.watch.outputsChanged.connect(() => this._changed.emit());
  }

  readonly watch: RunWatch;
  /** What it said, line by line. */
  readonly lines = new RunLog();

  /** Emitted when anything a view shows has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get path(): string {
    return this._options.path;
  }

  get run(): string {
    return this._options.run;
  }

  /** The plan and what the steps used; null until it is here. */
  get detail(): IRunDetail | null {
    return this._detail;
  }

  get units(): readonly IUnit[] {
    return this._detail?.units ?? [];
  }

  /** The graph of the plan; the same object while the plan is the same. */
  get graph(): IGraph {
    return this._graph;
  }

  /** The notebook as it was submitted; null until it is here. */
  get notebook(): INotebookContent | null {
    return this._notebook;
  }

  /** The driver's last words, once they were asked for. */
  get log(): string | null {
    return this._log;
  }

  /** Why something could not be read or done, until it is dismissed. */
  get problem(): Problem | null {
    return this._problem;
  }

  /** Whether the server is being asked to do something. */
  get isBusy(): boolean {
    return this._isBusy;
  }

  get isDisposed(): boolean {
    return this.watch.isDisposed;
  }

  /** Begin to follow and to read; call it once. */
  start(): void {
    this.watch.start();
    void this._read();
    void this._readNotebook();
  }

  /** Connect anew, after the machine slept or had no network. */
  renew(): void {
    this.watch.renew();
  }

  cancel(): Promise<void> {
    return this._doing(async ({ api, path, run }) => {
      await api.cancel(path, run);
    });
  }

  /** Run the same plan again and return the new run, or null where that was refused. */
  async again(resume: boolean): Promise<IRunRow | null> {
    let begun: IRunRow | null = null;
    await this._doing(async ({ api, path, run }) => {
      begun = await api.again(path, run, resume);
    });
    return begun;
  }

  pin(pinned: boolean): Promise<void> {
    return this._doing(async ({ api, path, run }) => {
      const summary = await api.pin(path, run, pinned);
      this._detail = this._detail === null ? null : { ...this._detail, summary };
    });
  }

  readLog(): Promise<void> {
    return this._doing(async ({ api, path, run }) => {
      this._log = await api.driverLog(path, run);
    });
  }

  /** Return the report, or null where there is none. */
  async report(): Promise<string | null> {
    let page: string | null = null;
    await this._doing(async ({ api, path, run }) => {
      page = await api.report(path, run);
    });
    return page;
  }

  /** Forget the problem a user has read. */
  dismiss(): void {
    this._problem = null;
    this._changed.emit();
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.watch.dispose();
      Signal.clearData(this);
    }
  }

  /** What steps used is there when they have ended; what could not be read, when it can again. */
  private _onWatched(): void {
    if (this.watch.isOver && !this._wasOver) {
      this._wasOver = true;
      void this._read();
    }
    const wasAway = this._isAway;
    this._isAway = this.watch.feed === 'waiting' || (wasAway && this.watch.feed === 'connecting');
    if (wasAway && !this._isAway) {
      this._problem = null;
      void this._read();
      if (this._notebook === null) {
        void this._readNotebook();
      }
    }
    this._changed.emit();
  }

  private async _read(): Promise<void> {
    const { api, path, run } = this._options;
    try {
      const detail = await api.detail(path, run);
      // Of one plan; only what was used up is new the second time.
      this._graph = this._detail === null ? graphOfUnits(detail.units) : this._graph;
      this._detail = detail;
    } catch (error) {
      this._problem = Problem.of(error);
    }
    this._emit();
  }

  private async _readNotebook(): Promise<void> {
    const { api, path, run } = this._options;
    try {
      this._notebook = await api.submitted(path, run);
    } catch {
      // The details come from the same place and say what is wrong with it.
    }
    this._emit();
  }

  private async _exists(): Promise<boolean> {
    const { api, path, run } = this._options;
    try {
      await api.summary(path, run);
      return true;
    } catch (error) {
      return Problem.of(error).status !== 404;
    }
  }

  private async _doing(work: (options: IResultOptions) => Promise<void>): Promise<void> {
    this._isBusy = true;
    this._problem = null;
    this._emit();
    try {
      await work(this._options);
    } catch (error) {
      this._problem = Problem.of(error);
    } finally {
      this._isBusy = false;
      this._emit();
    }
  }

  private _emit(): void {
    if (!this.isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _options: IResultOptions;
  private readonly _changed = new Signal<this, void>(this);
  private _detail: IRunDetail | null = null;
  private _graph: IGraph = { nodes: [], edges: [] };
  private _notebook: INotebookContent | null = null;
  private _log: string | null = null;
  private _problem: Problem | null = null;
  private _isBusy = false;
  private _wasOver = false;
  private _isAway = false;
}
