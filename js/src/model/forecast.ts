/**
 * What a run of the notebook as it is now would do, and why.
 */
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

/** Why a step runs instead of being reused. */
export interface ICause {
  readonly code: string;
  /** Such as `changed: cell 7`. */
  readonly text: string;
  readonly cell: string | null;
}

/** What a run would do with one step. */
export interface IStepForecast {
  readonly step: string;
  readonly action: 'reuse' | 'run' | 'skip';
  /** False if it is reused after all should its inputs turn out equal. */
  readonly certain: boolean;
  readonly causes: readonly ICause[];
  readonly expected_s: number | null;
  readonly from_run: string | null;
}

/** What a run would do, as the server sends it. */
export interface IForecast {
  readonly steps: readonly IStepForecast[];
  readonly expected_s: number | null;
  /** Steps that the cluster can never take, with the reason. */
  readonly misfits: readonly IMisfit[];
}

export interface IMisfit {
  readonly step: string;
  readonly message: string;
}

/** A notebook, the values its parameters would have, and where it would run. */
export interface IQuestion {
  readonly notebook: INotebookContent;
  readonly parameters: JSONObject;
  readonly cluster?: string;
}

export interface IForecastOptions {
  /** What to ask for; null where the notebook cannot run as it is. */
  read(): IQuestion | null;
  ask(question: IQuestion): Promise<IForecast>;
}

const DELAY_MS = 150;

/** Asks when it may be different, one question at a time; the newest answer counts. */
export class Forecasting implements IDisposable {
  constructor(private readonly _options: IForecastOptions) {}

  /** Emitted when the forecast or `isBehind` changes. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null where it is not known: nothing was said, or the notebook cannot run. */
  get forecast(): IForecast | null {
    return this._forecast;
  }

  /** Whether another answer may be on its way. */
  get isBehind(): boolean {
    return this._isBehind;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Return what a run would do with a step. */
  of(step: string): IStepForecast | null {
    return this._forecast?.steps.find(item => item.step === step) ?? null;
  }

  /** Ask soon. */
  request(): void {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this._ask(), DELAY_MS);
    if (!this._isBehind && !this._isDisposed) {
      this._isBehind = true;
      this._changed.emit();
    }
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._timer);
    Signal.clearData(this);
  }

  private async _ask(): Promise<void> {
    const asked = ++this._asked;
    const question = this._isDisposed ? null : this._options.read();
    let forecast: IForecast | null = null;
    try {
      forecast = question === null ? null : await this._options.ask(question);
    } catch {
      // The compilation asks the same server and says what is wrong.
    }
    if (asked === this._asked && !this._isDisposed) {
      this._forecast = forecast;
      this._isBehind = false;
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _forecast: IForecast | null = null;
  private _asked = 0;
  private _isBehind = false;
  private _isDisposed = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}

/** How many steps of a forecast run, are reused and are skipped. */
export function counts({ steps }: IForecast): Readonly<Record<IStepForecast['action'], number>> {
  const number = (action: IStepForecast['action']): number =>
    steps.filter(step => step.action === action).length;
  return { run: number('run'), reuse: number('reuse'), skip: number('skip') };
}

/**
 * Return why what a step shows is no longer what a run would give, or null where it is.
 *
 * A step that was never computed is not stale: there is nothing to be stale.
 */
export function staleness(forecast: IStepForecast | null): string | null {
  const [cause] = forecast?.causes ?? [];
  return forecast?.action !== 'run' || cause === undefined || cause.code === 'never-ran'
    ? null
    : cause.text;
}
