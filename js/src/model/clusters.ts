/**
 * The clusters that runs may go to, and what each of them has.
 */
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IClusterList, IOffer } from './offer';
import type { IPrismApi } from './server';
import { Problem } from './problem';

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
