/**
 * Writes the outputs of a run into the notebook's cells.
 *
 * One writer only: the tab that started the run, or the server where several people have the
 * notebook open (`room.ts`). A cell whose source is no longer what was submitted keeps what it
 * shows, and the run's output is offered instead.
 */
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { IOutput } from '@jupyterlab/nbformat';
import { JSONExt } from '@lumino/coreutils';
import type { JSONValue } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { digest } from './digest';
import type { IStartedRun } from './memory';
import type { ICellOutputs } from './outputs';
import { RunInRoom } from './room';
import type { NotebookRuns } from './runs';
import type { NotebookSession } from './session';
import { NOTHING, sync } from './sync';
import type { IWritten } from './sync';
import type { RunWatch } from './watch';

export interface IWriterOptions {
  readonly session: NotebookSession;
  /** Call back once, soon, when it is a good time to draw. */
  schedule(callback: () => void): void;
  /** Whether the user wants outputs in the cells. */
  isWanted(): boolean;
}

/** Follows a session's run and writes what its cells show. */
export class OutputWriter implements IDisposable {
  constructor(options: IWriterOptions) {
    this._options = options;
    options.session.runs.watchChanged.connect(this._onWatchChanged, this);
  }

  /** Emitted when a cell's output is offered, or no longer. */
  get offersChanged(): ISignal<this, void> {
    return this._offersChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Tell whether the run has an output for the cell that the cell does not show. */
  offers(cell: string): boolean {
    const shown = this._watch?.outputs.get(cell) ?? null;
    if (shown === null || shown.outputs.length === 0 || this._forced.has(cell)) {
      return false;
    }
    if (this._withheld.has(cell)) {
      return true;
    }
    // Who did not start it may look while it goes on; in a room the outputs come by themselves.
    const isOthers =
      this._started === null && (this._room === null || this._watch?.isOver === true);
    const model = isOthers ? this._find(cell) : null;
    return model !== null && model.outputs.length === 0;
  }

  /** Tell whether what a cell shows is the run's output. */
  shows(model: ICodeCellModel): boolean {
    const count = this._written.get(model.id)?.outputs.length ?? 0;
    return count > 0 && count === model.outputs.length && !this._taken.has(model.id);
  }

  /** The user runs the cell in a kernel of theirs: what it shows from here on is not the run's. */
  leave(cell: string): void {
    this._taken.add(cell);
    this._offersChanged.emit();
  }

  /** The cells whose output is offered. */
  get offered(): readonly string[] {
    return [...(this._watch?.outputs.cells() ?? [])].filter(cell => this.offers(cell));
  }

  /** Show the run's output in the cell because the user asked for it. */
  show(cell: string): void {
    const model = this._find(cell);
    const shown = this._watch?.outputs.get(cell) ?? null;
    if (model === null || shown === null) {
      return;
    }
    model.clearExecution();
    if (this._started === null) {
      // Not of this tab: shown as a notebook from elsewhere is, its scripts do not run.
      model.trusted = false;
    }
    this._forced.add(cell);
    this._withheld.delete(cell);
    this._taken.delete(cell);
    this._written.set(cell, NOTHING);
    this._sync(model, shown);
    this._offersChanged.emit();
  }

  /** Whether outputs are wanted in the cells has changed: write what was held back until now. */
  reconsider(): void {
    this._withheld.forEach(cell => this._pending.add(cell));
    this._schedule();
  }

  /** Write everything that is waiting. */
  flush(): void {
    this._isScheduled = false;
    if (this._isDisposed || this._watch === null || this._room?.writer === 'unknown') {
      return;
    }
    const pending = this._pending;
    this._pending = new Set();
    pending.forEach(cell => this._write(cell));
    if (this._watch.isOver) {
      this._recognise(this._watch);
      this._options.session.runs.markWritten();
    }
    this._offersChanged.emit();
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._room?.dispose();
      Signal.clearData(this);
    }
  }

  private _onWatchChanged(runs: NotebookRuns, watch: RunWatch): void {
    this._watch = watch;
    this._pending = new Set();
    this._written.clear();
    this._withheld.clear();
    this._forced.clear();
    this._taken.clear();
    this._isRecognised = false;
    // What was written already is in the cells, or the user has done something else with them.
    this._started = runs.started?.isWritten === false ? runs.started : null;
    this._room?.dispose();
    this._room = this._isInRoom ? this._enter(watch) : null;
    watch.outputsChanged.connect(this._onOutputsChanged, this);
    watch.changed.connect(this._onRunChanged, this);
  }

  /** A run that is not wanted in the cells stays with this tab, which writes it if that changes. */
  private get _isInRoom(): boolean {
    const { session, isWanted } = this._options;
    return session.model.collaborative === true && (this._started === null || isWanted());
  }

  private _enter(watch: RunWatch): RunInRoom {
    const { runs, model } = this._options.session;
    const room = new RunInRoom({
      model,
      watch,
      isOwn: cell => this._isAsSubmitted(cell),
      ask: this._started === null ? null : () => runs.writeOutputs()
    });
    room.changed.connect(this._schedule, this);
    return room;
  }

  private _onOutputsChanged(watch: RunWatch, cells: ReadonlySet<string>): void {
    if (watch === this._watch) {
      cells.forEach(cell => this._pending.add(cell));
      this._schedule();
    }
  }

  private _onRunChanged(watch: RunWatch): void {
    if (watch === this._watch && watch.isOver) {
      this._schedule();
    }
  }

  private _schedule(): void {
    if (!this._isScheduled) {
      this._isScheduled = true;
      this._options.schedule(() => this.flush());
    }
  }

  private _write(cell: string): void {
    const model = this._find(cell);
    const shown = this._watch?.outputs.get(cell) ?? null;
    if (model === null || shown === null) {
      return;
    }
    if (this._forced.has(cell) || this._mayWrite(model)) {
      this._withheld.delete(cell);
      this._sync(model, shown);
    } else if (this._room?.writer === 'others' && this._isAsSubmitted(model)) {
      this._withheld.delete(cell);
    } else if (this._started !== null) {
      this._withheld.add(cell);
    }
  }

  /** After a reload, and of a run from elsewhere: find the cells that show its outputs already. */
  private _recognise({ outputs }: RunWatch): void {
    // In a room outputs come when others write them.
    if (this._isRecognised && this._room === null) {
      return;
    }
    this._isRecognised = true;
    for (const cell of outputs.cells()) {
      const model = this._written.has(cell) ? null : this._find(cell);
      const shown = outputs.get(cell)?.outputs ?? [];
      if (model !== null && isShown(model, shown)) {
        this._written.set(cell, { outputs: [...shown], isReplaced: true });
      }
    }
  }

  private _mayWrite(model: ICodeCellModel): boolean {
    if (this._room?.writer === 'others' || !this._isAsSubmitted(model)) {
      return false;
    }
    const written = this._written.get(model.id);
    // Another number of outputs: the user ran or cleared the cell meanwhile, and that is newer.
    return written === undefined || written.outputs.length === model.outputs.length;
  }

  /** Tell whether what the run shows may go into the cell, as far as the cell itself goes. */
  private _isAsSubmitted(model: ICodeCellModel): boolean {
    if (this._started === null || !this._options.isWanted() || this._taken.has(model.id)) {
      return false;
    }
    return digest(model.sharedModel.getSource()) === this._started.sources[model.id];
  }

  private _sync(model: ICodeCellModel, shown: ICellOutputs): void {
    const written = this._written.get(model.id) ?? begin(model, shown.outputs);
    this._written.set(model.id, sync(model.outputs, written, shown.outputs));
    if (shown.executionCount !== null && model.executionCount !== shown.executionCount) {
      model.executionCount = shown.executionCount;
    }
  }

  private _find(id: string): ICodeCellModel | null {
    for (const cell of this._options.session.model.cells) {
      if (cell.id === id && cell.type === 'code') {
        return cell as ICodeCellModel;
      }
    }
    return null;
  }

  private readonly _options: IWriterOptions;
  private readonly _offersChanged = new Signal<this, void>(this);
  private readonly _written = new Map<string, IWritten>();
  private readonly _withheld = new Set<string>();
  private readonly _forced = new Set<string>();
  private readonly _taken = new Set<string>();
  private _isRecognised = false;
  private _watch: RunWatch | null = null;
  private _room: RunInRoom | null = null;
  private _started: IStartedRun | null = null;
  private _pending = new Set<string>();
  private _isScheduled = false;
  private _isDisposed = false;
}

function isShown(model: ICodeCellModel, outputs: readonly IOutput[]): boolean {
  return JSONExt.deepEqual(model.outputs.toJSON(), [...outputs] as JSONValue);
}

/** Make a cell ready for the run's outputs; one that shows them already (a reload) is left alone. */
function begin(model: ICodeCellModel, outputs: readonly IOutput[]): IWritten {
  if (isShown(model, outputs)) {
    return { outputs: [...outputs], isReplaced: true };
  }
  model.clearExecution();
  return NOTHING;
}
