/**
 * Main-area widgets that draw what a model says.
 */
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { soon } from '../frames';

const CLOCK_MS = 500;

/** Draws itself when asked, at most once a frame, and only while it can be seen. */
export abstract class DrawnWidget extends ReactWidget {
  override dispose(): void {
    clearInterval(this._clock);
    super.dispose();
  }

  /** Draw anew with the next frame. */
  draw(): void {
    if (this._isScheduled || !this.isVisible) {
      return;
    }
    this._isScheduled = true;
    soon(() => {
      this._isScheduled = false;
      if (!this.isDisposed) {
        this.update();
      }
    });
  }

  /** While something runs, elapsed times move on by themselves. */
  protected runClock(isRunning: boolean): void {
    if (isRunning !== (this._clock !== undefined)) {
      clearInterval(this._clock);
      this._clock = isRunning ? setInterval(() => this.draw(), CLOCK_MS) : undefined;
    }
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.draw();
  }

  private _isScheduled = false;
  private _clock: ReturnType<typeof setInterval> | undefined;
}
