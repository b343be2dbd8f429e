/**
 * When a machine has been asleep, or without a network.
 *
 * A connection from before may look open for minutes although nothing can come through it any more,
 * and no event says so: what follows something connects anew.
 */
import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';

const TICK_MS = 5_000;
/** A page in the background is woken once a minute; more than that is sleep. */
const ASLEEP_MS = 90_000;

/** Call back whenever the network is back, and when the machine wakes up. */
export function onWake(callback: () => void): IDisposable {
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > ASLEEP_MS) {
      callback();
    }
    last = now;
  }, TICK_MS);
  window.addEventListener('online', callback);
  return new DisposableDelegate(() => {
    clearInterval(timer);
    window.removeEventListener('online', callback);
  });
}
