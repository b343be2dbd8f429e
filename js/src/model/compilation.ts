/**
 * The pipeline of a notebook that is being edited: compiled a moment after the last change.
 */
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IPipeline } from './pipeline';

export interface ICompilationOptions {
  /** Return the notebook as it is now, or null while it is not there. */
  read(): INotebookContent | null;
  /** Compile it; should stop when the signal says so. */
  compile(notebook: INotebookContent, signal: AbortSignal): Promise<IPipeline>;
  /** How long nothing has to change before it is compiled. */
  delayMs?: number;
}

const DELAY_MS = 300;

/** Compiles on request, one at a time; only the answer to the newest question counts. */
export class Compilation implements IDisposable {
  constructor(options: ICompilationOptions) {
    this._options = options;
  }

  /** Emitted when the pipeline, the error or `isBehind` changes. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The newest pipeline; it stays while a newer one is being made. */
  get pipeline(): IPipeline | null {
    return this._pipeline;
  }

  /** Why the newest notebook has no pipeline, or null. */
  get error(): Error | null {
    return this._error;
  }

  /** Whether the notebook may have changed since `pipeline` was made. */
  get isBehind(): boolean {
    return this._isBehind;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Compile once nothing has changed for a moment. */
  request(): void {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this.now(), this._options.delayMs ?? DELAY_MS);
    this._setBehind();
  }

  /**
   * Compile at once, unless the notebook is the one last compiled.
   */
  async now(): Promise<void> {
    clearTimeout(this._timer);
    const notebook = this._isDisposed ? null : this._options.read();
    if (notebook === null) {
      return;
    }
    const key = JSON.stringify(notebook);
    if (key === this._key && this._error === null) {
      // The change did not matter (an output, a scroll) or is being answered already.
      if (this._asking === null) {
        this._settle();
      }
      return;
    }
    this._key = key;
    await this._ask(notebook);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearTimeout(this._timer);
    this._asking?.abort();
    Signal.clearData(this);
  }

  private async _ask(notebook: INotebookContent): Promise<void> {
    this._asking?.abort();
    const asking = new AbortController();
    this._asking = asking;
    let pipeline = this._pipeline;
    let error: Error | null = null;
    try {
      pipeline = await this._options.compile(notebook, asking.signal);
    } catch (reason) {
      error = reason instanceof Error ? reason : new Error(String(reason));
    }
    if (this._asking !== asking || this._isDisposed) {
      return; // a newer question has been asked meanwhile
    }
    this._asking = null;
    this._pipeline = pipeline;
    this._error = error;
    this._settle();
  }

  private _setBehind(): void {
    if (!this._isBehind) {
      this._isBehind = true;
      this._changed.emit();
    }
  }

  private _settle(): void {
    this._isBehind = false;
    this._changed.emit();
  }

  private readonly _options: ICompilationOptions;
  private readonly _changed = new Signal<this, void>(this);
  private _pipeline: IPipeline | null = null;
  private _error: Error | null = null;
  private _isBehind = false;
  private _isDisposed = false;
  private _asking: AbortController | null = null;
  private _key: string | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
