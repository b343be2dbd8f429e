/**
 * The clusters that runs may go to, and what each of them has.
 */
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IPrismApi } from '../tokens';
import { Problem } from './problem';

/** What there is to give to steps. */
export interface ICapacity {
  readonly cpus: number;
  readonly gpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly accelerators: readonly string[];
}

/** What nobody has reserved. */
export type IFree = Omit<ICapacity, 'accelerators'>;

/** What a cluster says it has. */
export interface IOffer {
  readonly cluster: string;
  /** What one step can have at most: the largest node. */
  readonly capacity: ICapacity;
  /** What all nodes have together. */
  readonly total: ICapacity;
  /** What of that was free when it was asked; null if it does not tell. */
  readonly free: IFree | null;
  readonly nodes: number;
}

/** The clusters by name. */
export interface IClusterList {
  /** Where runs go unless another one is chosen. */
  readonly usual: string;
  readonly clusters: readonly string[];
  /** Where the user's list is kept. */
  readonly file: string;
}

/** How far the question for a cluster's offer has come. */
export type Answer =
  | { readonly state: 'asking' }
  | { readonly state: 'given'; readonly offer: IOffer }
  | { readonly state: 'refused'; readonly problem: Problem };

/** The cluster that is there without a list: the machine that Jupyter runs on. */
export const LOCAL = 'local';

/** Knows the clusters of this server; one for all notebooks. */
export class Clusters {
  constructor(private readonly _api: Pick<IPrismApi, 'clusters' | 'cluster' | 'addCluster'>) {}

  /** Emitted when a list or an answer has come. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null until the server was asked. */
  get list(): IClusterList | null {
    return this._list;
  }

  /** Why there is no list, or null. */
  get problem(): Problem | null {
    return this._problem;
  }

  /** Return what is known of a cluster; null if it was never asked. */
  answer(cluster: string): Answer | null {
    return this._answers.get(cluster) ?? null;
  }

  /** Read the list anew: it is a file that the user may edit. */
  async load(): Promise<void> {
    try {
      this._list = await this._api.clusters();
      this._problem = null;
    } catch (error) {
      this._problem = Problem.of(error);
    }
    this._changed.emit();
  }

  /** Ask a cluster what it has, unless it is being asked; until it answers, its last word holds. */
  async ask(cluster: string): Promise<void> {
    if (this._asked.has(cluster)) {
      return;
    }
    this._asked.add(cluster);
    if (this.answer(cluster)?.state !== 'given') {
      this._tell(cluster, { state: 'asking' });
    }
    let answer: Answer;
    try {
      answer = { state: 'given', offer: await this._api.cluster(cluster) };
    } catch (error) {
      answer = { state: 'refused', problem: Problem.of(error) };
    }
    this._asked.delete(cluster);
    this._tell(cluster, answer);
  }

  /** Add one to the user's list. Rejects with a `Problem`. */
  async add(name: string, url: string): Promise<void> {
    this._list = await this._api.addCluster(name, url);
    this._changed.emit();
  }

  private _tell(cluster: string, answer: Answer): void {
    this._answers.set(cluster, answer);
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _answers = new Map<string, Answer>();
  private readonly _asked = new Set<string>();
  private _list: IClusterList | null = null;
  private _problem: Problem | null = null;
}
