/**
 * Some runs side by side: loads what they left.
 */
import type { INotebookContent } from '@jupyterlab/nbformat';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IResultsApi } from './server';
import type { IRunRow } from './detail';
import { Problem } from './problem';

/** What names a run. */
export interface IRunName {
  readonly path: string;
  readonly run: string;
}

/** A run with its notebooks; null where it left none. */
export interface IComparedRun {
  readonly name: IRunName;
  readonly row: IRunRow;
  readonly notebook: INotebookContent | null;
  readonly executed: INotebookContent | null;
}

/** Loads the runs once; what is over does not change. */
export class RunComparison {
  constructor(api: IResultsApi, names: readonly IRunName[]) {
    this._api = api;
    this._names = names;
  }

  /** Emitted when the runs are here, or cannot be read. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The runs, in the order they were asked for; empty until they are here. */
  get runs(): readonly IComparedRun[] {
    return this._runs;
  }

  get problem(): Problem | null {
    return this._problem;
  }

  async load(): Promise<void> {
    try {
      this._runs = await Promise.all(this._names.map(name => this._loaded(name)));
    } catch (error) {
      this._problem = Problem.of(error);
    }
    this._changed.emit();
  }

  private async _loaded(name: IRunName): Promise<IComparedRun> {
    const { path, run } = name;
    const [{ summary }, notebook, executed] = await Promise.all([
      this._api.detail(path, run),
      this._api.submitted(path, run).catch(() => null),
      this._api.executed(path, run).catch(() => null)
    ]);
    return { name, row: summary, notebook, executed };
  }

  private readonly _api: IResultsApi;
  private readonly _names: readonly IRunName[];
  private readonly _changed = new Signal<this, void>(this);
  private _runs: readonly IComparedRun[] = [];
  private _problem: Problem | null = null;
}
