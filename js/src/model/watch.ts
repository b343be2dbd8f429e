/**
 * One run as it is seen from a notebook: its state and its outputs, live.
 */
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { DriverClock } from './clock';
import type { RunEvent } from './events';
import { RunFeed } from './feed';
import type { FeedState, IFeedOptions } from './feed';
import { RunOutputs } from './outputs';
import { fold, isOver, loseRun, newRun } from './run';
import type { IRunState } from './runState';

/** Follows one run and folds its events. */
export class RunWatch implements IDisposable {
  constructor(run: string, options: IFeedOptions) {
    this._state = newRun(run);
    this._feed = new RunFeed(options);
    this._feed.received.connect(this._onReceived, this);
    this._feed.stateChanged.connect(this._onFeedChanged, this);
  }

  readonly outputs = new RunOutputs();
  readonly clock = new DriverClock();

  /** Emitted when the state of the run or of its connection changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted with the ids of the cells whose outputs changed. */
  get outputsChanged(): ISignal<this, ReadonlySet<string>> {
    return this._outputsChanged;
  }

  /** Emitted with the events themselves, for whoever keeps them. */
  get received(): ISignal<RunFeed, readonly RunEvent[]> {
    return this._feed.received;
  }

  get state(): IRunState {
    return this._state;
  }

  /** How the connection is: a view says so when it is not live. */
  get feed(): FeedState {
    return this._feed.state;
  }

  get isOver(): boolean {
    return isOver(this._state.state);
  }

  get isDisposed(): boolean {
    return this._feed.isDisposed;
  }

  start(): void {
    this._feed.start();
  }

  /** Try to reconnect at once. */
  hurry(): void {
    this._feed.hurry();
  }

  /** Connect anew, after the machine slept or had no network. */
  renew(): void {
    this._feed.renew();
  }

  dispose(): void {
    this._feed.dispose();
    Signal.clearData(this);
  }

  private _onReceived(_: RunFeed, events: readonly RunEvent[]): void {
    const now = Date.now() / 1000;
    events.forEach(event => this.clock.observe(event.at, now, this._isLive));
    this._isLive = true; // the first frame after connecting is the past
    this._state = events.reduce(fold, this._state);
    const cells = this.outputs.apply(events);
    this._changed.emit();
    if (cells.size > 0) {
      this._outputsChanged.emit(cells);
    }
  }

  private _onFeedChanged(_: RunFeed, feed: FeedState): void {
    if (feed === 'connecting') {
      this._isLive = false;
    }
    if (feed === 'gone' && !this.isOver) {
      this._state = loseRun(this._state);
    }
    this._changed.emit();
  }

  private readonly _feed: RunFeed;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _outputsChanged = new Signal<this, ReadonlySet<string>>(this);
  private _state: IRunState;
  private _isLive = false;
}
