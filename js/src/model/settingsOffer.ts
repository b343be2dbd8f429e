/**
 * What there is to ask for: the form of a step's settings.
 */
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IPrismApi } from './server';
import { Problem } from './problem';
import type { IFormSchema } from './settingsForm';

/** Loaded when it is first needed. */
export class SettingsOffer {
  constructor(private readonly _api: Pick<IPrismApi, 'settingsForm'>) {}

  /** Emitted when something has come. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get schema(): IFormSchema | null {
    return this._schema;
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
      this._schema = await this._api.settingsForm();
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
  private _problem: Problem | null = null;
  private _isLoading = false;
}
