/**
 * The cluster that the runs of one notebook go to.
 *
 * Kept by the browser and not in the notebook: where somebody computes is theirs, and choosing it
 * makes no notebook dirty.
 */
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { Answer, Clusters } from './clusters';
import type { ITabStorage } from './memory';

export interface IClusterChoiceOptions {
  readonly clusters: Clusters;
  readonly storage: ITabStorage;
  /** The notebook's path as the server knows it. */
  path(): string;
}

/** Remembers what was chosen; what is no longer in the list is not. */
export class ClusterChoice {
  constructor(private readonly _options: IClusterChoiceOptions) {
    this._wanted = this._recall();
    _options.clusters.changed.connect(this._onChanged, this);
  }

  /** Emitted when another cluster is chosen, or more is known of it. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** All there are to choose from. */
  get names(): readonly string[] {
    return this._options.clusters.list?.clusters ?? [];
  }

  /** The name of the cluster; null for the server's usual one as long as nothing else is known. */
  get name(): string | null {
    const { list } = this._options.clusters;
    const isThere = list === null || list.clusters.includes(this._wanted ?? '');
    return this._wanted !== null && isThere ? this._wanted : (list?.usual ?? null);
  }

  /** What the cluster has, as far as it was asked. */
  get answer(): Answer | null {
    return this.name === null ? null : this._options.clusters.answer(this.name);
  }

  choose(name: string): void {
    this._wanted = name;
    try {
      this._options.storage.setItem(this._key, name);
    } catch {
      // No room or no permission: it holds as long as the notebook is open.
    }
    void this._options.clusters.ask(name);
    this._changed.emit();
  }

  /** Read the list, and ask the cluster what it has and what of that is free. */
  async look(): Promise<void> {
    await this._options.clusters.load();
    await this.ask();
  }

  /** Ask the cluster again. */
  async ask(): Promise<void> {
    if (this.name !== null) {
      await this._options.clusters.ask(this.name);
    }
  }

  dispose(): void {
    this._options.clusters.changed.disconnect(this._onChanged, this);
    Signal.clearData(this);
  }

  private _onChanged(): void {
    this._changed.emit();
  }

  private _recall(): string | null {
    try {
      return this._options.storage.getItem(this._key);
    } catch {
      return null;
    }
  }

  private get _key(): string {
    return `nbprism:cluster:${this._options.path()}`;
  }

  private readonly _changed = new Signal<this, void>(this);
  private _wanted: string | null;
}
