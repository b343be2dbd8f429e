/**
 * The events of one run: in order, each exactly once, however often the connection breaks.
 */
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { isTerminal } from './events';
import type { RunEvent } from './events';

/** A connection that sends events until it is closed. */
export interface IEventConnection extends IDisposable {
  onEvents: (events: readonly RunEvent[]) => void;
  /** Called once, when the connection is gone, however it went. */
  onClose: () => void;
}

/** What a feed needs from outside. */
export interface IFeedOptions {
  /** Open a connection that sends the events numbered above `after`. */
  connect(after: number): IEventConnection;
  /**
   * Tell whether it makes sense to go on; asked after a connection that brought nothing, because a
   * refused WebSocket does not say why.
   */
  exists(): Promise<boolean>;
}

export type FeedState = 'connecting' | 'live' | 'waiting' | 'ended' | 'gone';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 15_000;
/** The server sends something every 15 s: after this, the other end is taken to be gone. */
const SILENCE_MS = 45_000;

/** Follows a run until its last event; reconnects with back-off where the connection breaks. */
export class RunFeed implements IDisposable {
  constructor(options: IFeedOptions) {
    this._options = options;
  }

  /** Emitted with new events, in order and without gaps. */
  get received(): ISignal<this, readonly RunEvent[]> {
    return this._received;
  }

  /** Emitted when the state changes. */
  get stateChanged(): ISignal<this, FeedState> {
    return this._stateChanged;
  }

  get state(): FeedState {
    return this._state;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Connect; call it once. */
  start(): void {
    this._connect();
  }

  /** Connect at once instead of waiting out the back-off, for when the network is back. */
  hurry(): void {
    if (this._state === 'waiting') {
      clearTimeout(this._timer);
      this._connect();
    }
  }

  /** Connect anew: nothing may come through the connection there is, though it looks open. */
  renew(): void {
    if (this._state === 'live' || this._state === 'connecting') {
      this._drop();
      this._connect();
    } else {
      this.hurry();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearTimeout(this._timer);
    clearTimeout(this._silence);
    this._connection?.dispose();
    Signal.clearData(this);
  }

  private _connect(): void {
    this._setState('connecting');
    this._fruitful = false;
    const connection = this._options.connect(this._seq);
    this._connection = connection;
    this._listen();
    connection.onEvents = events => {
      if (this._connection === connection) {
        this._listen();
        this._take(events);
      }
    };
    connection.onClose = () => {
      if (this._connection === connection) {
        void this._onClosed();
      }
    };
  }

  /** Wait for the next frame, but not for ever: a line may break and say so to nobody. */
  private _listen(): void {
    clearTimeout(this._silence);
    this._silence = setTimeout(() => this.renew(), SILENCE_MS);
  }

  private _take(events: readonly RunEvent[]): void {
    this._fruitful = true;
    this._delay = FIRST_DELAY_MS;
    const fresh: RunEvent[] = [];
    for (const event of events) {
      if (event.seq > this._seq + 1) {
        // Something is missing in between: ask for it again.
        this._emit(fresh);
        this._drop();
        this._retry();
        return;
      }
      if (event.kind === 'run-unheard') {
        fresh.push(event);
      } else if (event.seq === this._seq + 1) {
        fresh.push(event);
        this._seq = event.seq;
      }
    }
    this._setState('live');
    this._emit(fresh);
    const last = fresh.at(-1);
    if (last !== undefined && isTerminal(last)) {
      this._drop();
      this._setState('ended');
    }
  }

  private _emit(events: readonly RunEvent[]): void {
    if (events.length > 0) {
      this._received.emit(events);
    }
  }

  private async _onClosed(): Promise<void> {
    this._drop();
    if (!this._fruitful && !(await this._stillExists())) {
      this._setState('gone');
      return;
    }
    if (!this._isDisposed) {
      this._retry();
    }
  }

  private async _stillExists(): Promise<boolean> {
    try {
      return await this._options.exists();
    } catch {
      return true; // the server cannot be reached: the run may well exist
    }
  }

  private _retry(): void {
    this._setState('waiting');
    // Spread, so that many tabs do not come back in the same instant.
    const delay = this._delay * (0.75 + Math.random() / 2);
    this._delay = Math.min(this._delay * 2, LONGEST_DELAY_MS);
    this._timer = setTimeout(() => this._connect(), delay);
  }

  private _drop(): void {
    clearTimeout(this._silence);
    this._connection?.dispose();
    this._connection = null;
  }

  private _setState(state: FeedState): void {
    if (!this._isDisposed && state !== this._state) {
      this._state = state;
      this._stateChanged.emit(state);
    }
  }

  private readonly _options: IFeedOptions;
  private readonly _received = new Signal<this, readonly RunEvent[]>(this);
  private readonly _stateChanged = new Signal<this, FeedState>(this);
  private _connection: IEventConnection | null = null;
  private _state: FeedState = 'connecting';
  private _isDisposed = false;
  private _fruitful = false;
  private _seq = 0;
  private _delay = FIRST_DELAY_MS;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _silence: ReturnType<typeof setTimeout> | undefined;
}
