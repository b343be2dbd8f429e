/**
 * Who writes the outputs of a run where several people have the notebook open.
 *
 * There every browser sees what any of them writes, so one writes for all: the server, which is
 * there however many browsers come and go. A browser only has to ask it, again after the server
 * was away, and to trust what its own user's run shows.
 */
import type { CellChange } from '@jupyter/ydoc';
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { RunWatch } from './watch';

/** Who writes: not known yet, somebody else, or this tab because the server does not. */
export type Writer = 'unknown' | 'others' | 'tab';

export interface IRoomOptions {
  readonly model: INotebookModel;
  readonly watch: RunWatch;
  /** The cells whose outputs are the user's own: this tab submitted them as they are now. */
  isOwn(cell: ICodeCellModel): boolean;
  /** Ask the server to write the run; resolves to whether it does. Null where others ask. */
  readonly ask: (() => Promise<boolean>) | null;
}

/** One run in a notebook that is open in a room. */
export class RunInRoom implements IDisposable {
  constructor(options: IRoomOptions) {
    this._options = options;
    this._writer = options.ask === null ? 'others' : 'unknown';
    const { model, watch } = options;
    [...model.cells].forEach(cell => this._attend(cell));
    model.cells.changed.connect((_, { newValues }) => {
      newValues.forEach(cell => this._attend(cell));
    }, this);
    watch.changed.connect(this._onWatchChanged, this);
    void this._ask();
  }

  /** Emitted when it is known who writes, and when the outputs of a cell have changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get writer(): Writer {
    return this._writer;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.disconnectReceiver(this);
      Signal.clearData(this);
    }
  }

  private async _ask(): Promise<void> {
    const { ask } = this._options;
    // Once this tab has begun it goes on: two writers would be one too many.
    if (ask === null || this._writer === 'tab') {
      return;
    }
    this._isToAsk = false;
    try {
      const writer = (await ask()) ? 'others' : 'tab';
      if (!this._isDisposed) {
        this._writer = writer;
        this._changed.emit();
      }
    } catch {
      this._isToAsk = true; // it does not answer; the events will tell when it is back
    }
  }

  private _onWatchChanged({ feed }: RunWatch): void {
    if (feed === 'waiting') {
      this._isToAsk = true;
    } else if (feed === 'live' && this._isToAsk) {
      void this._ask();
    }
  }

  private _attend(cell: ICellModel): void {
    if (cell.type === 'code') {
      this._trust(cell as ICodeCellModel);
      cell.sharedModel.changed.connect((_: unknown, change: CellChange) => {
        if (change.outputsChange !== undefined || change.streamOutputChange !== undefined) {
          this._trust(cell as ICodeCellModel);
          this._changed.emit();
        }
      }, this);
    }
  }

  /** Between what a cell showed and what it will show is a moment in which it shows nothing. */
  private _trust(cell: ICodeCellModel): void {
    const { isOwn, watch } = this._options;
    if (!cell.trusted && cell.outputs.length === 0 && !watch.isOver && isOwn(cell)) {
      cell.trusted = true;
    }
  }

  private readonly _options: IRoomOptions;
  private readonly _changed = new Signal<this, void>(this);
  private _writer: Writer;
  private _isToAsk = false;
  private _isDisposed = false;
}
