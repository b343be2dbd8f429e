/**
 * A hue for every step, from its name.
 */

import { hash } from './digest';

const SLOTS = 12;
const DEGREES = 360 / SLOTS;

/**
 * Return a hue in degrees for each name.
 *
 * The name decides, so a step keeps its colour between sessions; only where two steps of one
 * notebook would look alike does the later one move to the next free hue.
 */
export function hues(names: readonly string[]): ReadonlyMap<string, number> {
  const taken = new Set<number>();
  const found = new Map<string, number>();
  for (const name of names) {
    if (found.has(name)) {
      continue;
    }
    let slot = hash(name) % SLOTS;
    while (taken.has(slot) && taken.size < SLOTS) {
      slot = (slot + 5) % SLOTS; // 5 and 12 share no factor: every slot is reached
    }
    taken.add(slot);
    found.set(name, slot * DEGREES);
  }
  return found;
}
