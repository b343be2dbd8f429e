/**
 * Everything nbprism knows of one open notebook: its pipeline, its tags, its run.
 */
import type { ICellModel } from '@jupyterlab/cells';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { JSONObject } from '@lumino/coreutils';
import { UUID } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IPrismApi } from '../tokens';
import { chipOf } from './chips';
import type { IChip } from './chips';
import { hues } from './colours';
import { Compilation } from './compilation';
import { digest } from './digest';
import { placeCells, unplaceCells } from './edit';
import type { IStartedRun, TabMemory } from './memory';
import type { ICellPlace, IDiagnostic, IPipeline } from './pipeline';
import { Problem } from './problem';
import { snapshot, sources } from './snapshot';
import { placementIn, tagsOf } from './tags';
import type { Placement } from './tags';
import { RunWatch } from './watch';

export interface ISessionOptions {
  readonly context: DocumentRegistry.IContext<INotebookModel>;
  readonly api: IPrismApi;
  readonly memory: TabMemory;
  /** Take the drive off a path, as the server knows paths without. */
  localPath(path: string): string;
}

/** What a session is busy with, besides a run. */
export type Busy = 'submitting' | 'cancelling' | null;

const TAGGED = /^(step:|block:|imports$|functions$|parameters$|metrics$|pipeline-)/;

/** The pipeline and the run of one notebook, whatever number of views it is open in. */
export class NotebookSession implements IDisposable {
  constructor(options: ISessionOptions) {
    this._options = options;
    this.compilation = new Compilation({
      read: () => (this.isDisposed ? null : snapshot(this.model)),
      compile: (notebook, signal) => options.api.compile(this.path, notebook, signal)
    });
    this.compilation.changed.connect(this._onCompiled, this);
    void options.context.ready.then(() => this._start());
  }

  /** Emitted when anything a view shows has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when another run is followed; null when none is. */
  get watchChanged(): ISignal<this, RunWatch | null> {
    return this._watchChanged;
  }

  readonly compilation: Compilation;

  get context(): DocumentRegistry.IContext<INotebookModel> {
    return this._options.context;
  }

  get model(): INotebookModel {
    return this.context.model;
  }

  /** The notebook's path as the server knows it. */
  get path(): string {
    return this._options.localPath(this.context.path);
  }

  get pipeline(): IPipeline | null {
    return this.compilation.pipeline;
  }

  /** The run that is followed: the notebook's last one. */
  get watch(): RunWatch | null {
    return this._watch;
  }

  get busy(): Busy {
    return this._busy;
  }

  /** What the user should know of the last thing that could not be done, or null. */
  get problem(): Problem | null {
    return this._problem ?? (this.compilation.error ? Problem.of(this.compilation.error) : null);
  }

  /** Whether a run of this notebook is going on, or about to. */
  get isRunning(): boolean {
    return this._busy === 'submitting' || (this._watch !== null && !this._watch.isOver);
  }

  /** Whether anybody has tagged a cell here; chips stay away from other notebooks. */
  get isTagged(): boolean {
    return [...this.model.cells].some(cell =>
      tagsOf(cell.getMetadata('tags')).some(tag => TAGGED.test(tag))
    );
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The colours of the steps, those tagged a moment ago included. */
  get hues(): ReadonlyMap<string, number> {
    return hues(this.stepNames);
  }

  /** The names of the steps, in notebook order. */
  get stepNames(): readonly string[] {
    const tagged = [...this.model.cells]
      .map(cell => placementIn(tagsOf(cell.getMetadata('tags'))))
      .map(placement => (placement?.kind === 'step' ? placement.step : null));
    const compiled = this.pipeline?.steps.map(step => step.name) ?? [];
    return [...new Set([...compiled, ...tagged.filter(name => name !== null)])];
  }

  /** Return what the chip of a cell says. */
  chip(cell: ICellModel, colours: ReadonlyMap<string, number>): IChip {
    return chipOf({
      cell: cell.id,
      tags: tagsOf(cell.getMetadata('tags')),
      pipeline: this.pipeline,
      place: this._places.get(cell.id) ?? null,
      diagnostics: this._findings.get(cell.id) ?? [],
      hues: colours,
      run: this._watch?.state ?? null
    });
  }

  /** Tell whether this tab started the run, and so is the one that writes its outputs. */
  get started(): IStartedRun | null {
    const started = this._options.memory.recall(this.path);
    return started !== null && started.run === this._watch?.state.run ? started : null;
  }

  /** Remember that all outputs of the run have been written. */
  markWritten(): void {
    const { started } = this;
    if (started !== null && !started.isWritten) {
      this._options.memory.keep(this.path, { ...started, isWritten: true });
    }
  }

  place(cells: readonly ICellModel[], placement: Placement): void {
    placeCells(this.model, cells, placement);
  }

  unplace(cells: readonly ICellModel[]): void {
    unplaceCells(this.model, cells);
  }

  /** Forget the problem a user has read. */
  dismiss(): void {
    this._problem = null;
    this._changed.emit();
  }

  /** Submit the notebook as it is now. */
  async run(parameters?: JSONObject): Promise<void> {
    if (this.isRunning) {
      return;
    }
    await this._doing('submitting', async () => {
      const notebook = snapshot(this.model);
      const submission = {
        path: this.path,
        notebook,
        submit_key: UUID.uuid4(),
        ...(parameters === undefined ? {} : { parameters })
      };
      const { run } = await this._options.api.submit(submission);
      this._remember(run, notebook);
      this._follow(run);
    });
  }

  /** Ask the run to stop. */
  async cancel(): Promise<void> {
    const watch = this._watch;
    if (watch === null || watch.isOver) {
      return;
    }
    await this._doing('cancelling', async () => {
      await this._options.api.cancel(this.path, watch.state.run);
    });
  }

  /**
   * Look for a newer run of this notebook, started elsewhere: another tab, the command line.
   */
  async lookForRuns(): Promise<void> {
    if (this.isRunning || this._isLooking) {
      this._watch?.hurry();
      return;
    }
    this._isLooking = true;
    try {
      const [newest] = await this._options.api.runs(this.path);
      if (newest !== undefined && newest.run !== this._watch?.state.run && !this.isRunning) {
        this._follow(newest.run);
      }
    } catch {
      // The compilation asks the same server and says what is wrong with it.
    } finally {
      this._isLooking = false;
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.compilation.dispose();
    this._watch?.dispose();
    Signal.clearData(this);
  }

  private async _start(): Promise<void> {
    if (this._isDisposed) {
      return;
    }
    this.model.contentChanged.connect(this._onContentChanged, this);
    await Promise.all([this.compilation.now(), this.lookForRuns()]);
  }

  private _onContentChanged(): void {
    this.compilation.request();
  }

  private _onCompiled(): void {
    this._places = new Map(this.pipeline?.cells.map(place => [place.id, place]));
    this._findings = byCell(this.pipeline?.diagnostics ?? []);
    this._changed.emit();
  }

  private _remember(run: string, notebook: INotebookContent): void {
    const digests = [...sources(notebook)].map(([id, source]) => [id, digest(source)]);
    const started = { run, sources: Object.fromEntries(digests), isWritten: false };
    this._options.memory.keep(this.path, started);
  }

  private _follow(run: string): void {
    if (this._isDisposed) {
      return;
    }
    this._watch?.dispose();
    const { api } = this._options;
    const watch = new RunWatch(run, {
      connect: after => api.events(this.path, run, after),
      exists: async () => {
        try {
          await api.summary(this.path, run);
          return true;
        } catch (error) {
          return Problem.of(error).status !== 404;
        }
      }
    });
    this._watch = watch;
    watch.changed.connect(() => this._changed.emit());
    this._watchChanged.emit(watch);
    watch.start();
    this._changed.emit();
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
      if (!this._isDisposed) {
        this._changed.emit();
      }
    }
  }

  private readonly _options: ISessionOptions;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _watchChanged = new Signal<this, RunWatch | null>(this);
  private _places: ReadonlyMap<string, ICellPlace> = new Map();
  private _findings: ReadonlyMap<string, readonly IDiagnostic[]> = new Map();
  private _watch: RunWatch | null = null;
  private _busy: Busy = null;
  private _problem: Problem | null = null;
  private _isDisposed = false;
  private _isLooking = false;
}

function byCell(diagnostics: readonly IDiagnostic[]): ReadonlyMap<string, readonly IDiagnostic[]> {
  const found = new Map<string, IDiagnostic[]>();
  for (const diagnostic of diagnostics) {
    if (diagnostic.cell !== null) {
      found.set(diagnostic.cell, [...(found.get(diagnostic.cell) ?? []), diagnostic]);
    }
  }
  return found;
}
