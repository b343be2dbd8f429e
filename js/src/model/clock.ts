/**
 * The driver's clock, guessed from when its events arrive.
 */

/** Says what time it is for the driver, whose clock may differ from the browser's. */
export class DriverClock {
  /**
   * Learn from an event that was recorded at `at` and arrived at `now`, both in seconds.
   *
   * An event arrives after it was recorded, so the smallest difference is the nearest to the truth.
   * A replayed event is old: it only shows that the driver's clock is not behind by more than that.
   */
  observe(at: number, now: number, live: boolean): void {
    const difference = now - at;
    if (live || difference < 0) {
      this._offset = Math.min(this._offset ?? Infinity, difference);
    }
  }

  /** Return the driver's time when the browser's is `now`. */
  at(now: number): number {
    return now - (this._offset ?? 0);
  }

  private _offset: number | null = null;
}
