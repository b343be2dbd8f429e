/**
 * What a browser tab has to know again after a reload: which run it started, from which sources,
 * and what was typed for the next one.
 */

/** The part of `Storage` that is needed; a tab's `sessionStorage` survives its reloads. */
export interface ITabStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** A run that this tab started, and so writes into the cells. */
export interface IStartedRun {
  readonly run: string;
  /** Digests of the sources that were submitted, by cell id. */
  readonly sources: Readonly<Record<string, string>>;
  /** Whether all its outputs have been written. */
  readonly isWritten: boolean;
}

/** Remembers, for each notebook, the last run that this tab started and the parameters typed in it. */
export class TabMemory {
  constructor(storage: ITabStorage) {
    this._storage = storage;
  }

  /** Return the last run this tab started from the notebook, or null. */
  recall(path: string): IStartedRun | null {
    try {
      const text = this._storage.getItem(key(path));
      return text === null ? null : (JSON.parse(text) as IStartedRun);
    } catch {
      return null; // no storage, or not ours: the tab then writes nothing
    }
  }

  /** Remember a run. */
  keep(path: string, started: IStartedRun): void {
    try {
      this._storage.setItem(key(path), JSON.stringify(started));
    } catch {
      // Storage is full or forbidden: a reload during the run will not write its outputs.
    }
  }

  /** Return what was typed in place of parameters' defaults, by name. */
  typed(path: string): ReadonlyMap<string, string> {
    try {
      const text = this._storage.getItem(typedKey(path));
      return new Map(text === null ? [] : (JSON.parse(text) as [string, string][]));
    } catch {
      return new Map();
    }
  }

  /** Remember what is typed. */
  keepTyped(path: string, texts: ReadonlyMap<string, string>): void {
    try {
      this._storage.setItem(typedKey(path), JSON.stringify([...texts]));
    } catch {
      // Storage is full or forbidden: a reload brings the defaults back.
    }
  }

  private readonly _storage: ITabStorage;
}

function typedKey(path: string): string {
  return `nbprism:typed:${path}`;
}

function key(path: string): string {
  return `nbprism:started:${path}`;
}
