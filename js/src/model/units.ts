/**
 * Steps that run once for each item of a list: their units are steps `train[0]`, `train[1]`, ...
 */
import type { IStepRun } from './run';

/**
 * Return the step that a unit is one of, or null for a step of the notebook and for no step: the
 * end of a run may name the one it failed for.
 */
export function parentOf(name: string | null): string | null {
  return name?.endsWith(']') ? name.slice(0, name.indexOf('[')) : null;
}

/** Return what a run calls a metric of a step: `score`, or `score[3]` of the unit of one item. */
export function metricOf(step: string, name: string): string {
  return parentOf(step) === null ? name : name + step.slice(step.indexOf('['));
}

/** Tell how far the units of a step are: `3/10`; empty for a step that has none. */
export function progressOf(step: IStepRun): string {
  if (step.items === null) {
    return '';
  }
  const ended = [...step.units.values()].filter(unit => !OPEN.has(unit.state)).length;
  return `${ended}/${step.items}`;
}

const OPEN: ReadonlySet<string> = new Set(['waiting', 'queued', 'running']);
