/**
 * The runs of a notebook, or of all, as a user looks through them.
 */
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IResultsApi, IRunsQuery } from './server';
import type { IRunRow } from './detail';
import { Problem } from './problem';
import { isOver } from './run';
import type { RunStateName } from './runState';

const PAGE = 100;
const TYPING_MS = 250;

export interface IHistoryOptions {
  readonly api: IResultsApi;
  /** The notebook, or empty where there is only the history of all. */
  readonly path: string;
}

/** Loads runs page by page; only the answer to the newest question counts. */
export class RunHistory implements IDisposable {
  constructor(options: IHistoryOptions) {
    this._options = options;
    this._isOfAll = options.path === '';
  }

  /** Emitted when anything a view shows has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get rows(): readonly IRunRow[] {
    return this._rows;
  }

  /** Whether there are older runs than those that are loaded. */
  get hasMore(): boolean {
    return this._hasMore;
  }

  /** False where the server has too many folders to look into each. */
  get searchedAll(): boolean {
    return this._searchedAll;
  }

  get isLoading(): boolean {
    return this._asked > this._answered;
  }

  get problem(): Problem | null {
    return this._problem;
  }

  get isOfAll(): boolean {
    return this._isOfAll;
  }

  get search(): string {
    return this._search;
  }

  get states(): ReadonlySet<RunStateName> {
    return this._states;
  }

  /** The runs that are chosen to be compared or deleted, in the order of the list. */
  get chosen(): readonly IRunRow[] {
    return this._rows.filter(row => this._chosen.has(row.run));
  }

  /** Whether a run that is shown goes on, so that the list will change by itself. */
  get isLive(): boolean {
    return this._rows.some(row => !isOver(row.state));
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  ofAll(isOfAll: boolean): void {
    this._isOfAll = isOfAll;
    this._chosen.clear();
    void this.load();
  }

  find(text: string): void {
    this._search = text;
    this._changed.emit();
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this.load(), TYPING_MS);
  }

  only(states: ReadonlySet<RunStateName>): void {
    this._states = states;
    void this.load();
  }

  choose(runs: readonly string[], isChosen: boolean): void {
    runs.forEach(run => (isChosen ? this._chosen.add(run) : this._chosen.delete(run)));
    this._changed.emit();
  }

  /** Load what is shown anew, as many runs as are shown now. */
  async load(): Promise<void> {
    const limit = Math.min(500, Math.max(PAGE, this._rows.length));
    await this._ask({ limit }, rows => rows);
  }

  /** Load older runs too. */
  async loadMore(): Promise<void> {
    const last = this._rows.at(-1);
    if (last !== undefined) {
      await this._ask({ limit: PAGE, before: last.run }, rows => [...this._rows, ...rows]);
    }
  }

  async pin(row: IRunRow, pinned: boolean): Promise<void> {
    await this._doing(() => this._options.api.pin(this.pathOf(row), row.run, pinned));
  }

  /** Delete the runs that are chosen; those that are pinned or go on stay, and say why. */
  async removeChosen(): Promise<void> {
    for (const row of this.chosen) {
      await this._doing(() => this._options.api.remove(this.pathOf(row), row.run));
      this._chosen.delete(row.run);
    }
  }

  /** Return the notebook of a run. */
  pathOf(row: IRunRow): string {
    return row.path ?? this._options.path;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      clearTimeout(this._timer);
      Signal.clearData(this);
    }
  }

  private async _ask(
    page: Pick<IRunsQuery, 'limit' | 'before'>,
    merged: (rows: readonly IRunRow[]) => readonly IRunRow[]
  ): Promise<void> {
    const number = ++this._asked;
    this._changed.emit();
    try {
      const answer = await this._options.api.history({
        ...(this._isOfAll ? { folder: '' } : { path: this._options.path }),
        search: this._search,
        states: [...this._states],
        ...page
      });
      if (number === this._asked) {
        this._rows = merged(answer.runs);
        this._hasMore = answer.more;
        this._searchedAll = answer.searched_all;
        this._problem = null;
      }
    } catch (error) {
      this._problem = number === this._asked ? Problem.of(error) : this._problem;
    }
    this._answered = Math.max(this._answered, number);
    this._emit();
  }

  private async _doing(work: () => Promise<unknown>): Promise<void> {
    let problem: Problem | null = null;
    try {
      await work();
    } catch (error) {
      problem = Problem.of(error);
    }
    await this.load();
    this._problem ??= problem;
    this._emit();
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _options: IHistoryOptions;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _chosen = new Set<string>();
  private _rows: readonly IRunRow[] = [];
  private _hasMore = false;
  private _searchedAll = true;
  private _asked = 0;
  private _answered = 0;
  private _problem: Problem | null = null;
  private _isOfAll: boolean;
  private _search = '';
  private _states: ReadonlySet<RunStateName> = new Set();
  private _isDisposed = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
