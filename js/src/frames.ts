/**
 * When to draw.
 */

/** A hidden page draws no frames, but its outputs must still arrive. */
const HIDDEN_MS = 250;

/** Call back once, in the next animation frame, or a little later where none comes. */
export function soon(callback: () => void): void {
  let isCalled = false;
  const call = (): void => {
    if (!isCalled) {
      isCalled = true;
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      callback();
    }
  };
  const timer = setTimeout(call, HIDDEN_MS);
  const frame = requestAnimationFrame(call);
}
