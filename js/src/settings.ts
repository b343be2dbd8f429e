/**
 * The user's settings (`schema/plugin.json`), typed.
 */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IPrismSettings, OutputsPlace } from './tokens';

export const PLUGIN_ID = 'nbprism:plugin';

/** The settings; until they are loaded, and where nothing can load them, their defaults. */
export class PrismSettings implements IPrismSettings {
  /** Load the settings and follow them. */
  async load(registry: ISettingRegistry): Promise<void> {
    const settings = await registry.load(PLUGIN_ID);
    this._read(settings);
    settings.changed.connect(this._read, this);
  }

  get showChips(): boolean {
    return this._showChips;
  }

  get outputs(): OutputsPlace {
    return this._outputs;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  private _read(settings: ISettingRegistry.ISettings): void {
    this._showChips = settings.get('showChips').composite !== false;
    this._outputs = settings.get('outputs').composite === 'run-view' ? 'run-view' : 'cells';
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _showChips = true;
  private _outputs: OutputsPlace = 'cells';
}
