/**
 * What there is to ask for: the form of a step's settings, and what the cluster has.
 */
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IPrismApi } from '../tokens';
import { Problem } from './problem';
import type { ICluster, IFormSchema } from './settingsForm';

/** Loaded when it is first needed. */
export class SettingsOffer {
  constructor(private readonly _api: Pick<IPrismApi, 'settingsForm' | 'cluster'>) {}

  /** Emitted when something has come. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get schema(): IFormSchema | null {
    return this._schema;
  }

  get cluster(): ICluster | null {
    return this._cluster;
  }

  /** Why there is no form, or null. */
  get problem(): Problem | null {
    return this._problem;
  }

  /** Load what is not there yet. */
  async load(): Promise<void> {
    if (this._isLoading || this._schema !== null) {
      return;
    }
    this._isLoading = true;
    try {
      [this._schema, this._cluster] = await Promise.all([
        this._api.settingsForm(),
        this._api.cluster()
      ]);
      this._problem = null;
    } catch (error) {
      this._problem = Problem.of(error);
    } finally {
      this._isLoading = false;
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _schema: IFormSchema | null = null;
  private _cluster: ICluster | null = null;
  private _problem: Problem | null = null;
  private _isLoading = false;
}
