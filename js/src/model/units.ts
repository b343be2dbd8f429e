/**
 * Steps that run once for each item of a list: their units are steps `train[0]`, `train[1]`, ...
 */
import type { IStepRun, StepStateName } from './runState';

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

/** One item of a step's list, and how its unit goes. */
export interface IItem {
  /** Of its unit: `train[3]`. */
  readonly name: string;
  readonly number: number;
  /** What the item is, in a few words; empty where nobody said. */
  readonly label: string;
  readonly unit: IStepRun;
}

/** Return the items of which something was heard: those with trouble first, then in order. */
export function itemsIn(step: IStepRun): readonly IItem[] {
  const items = [...step.units].map(([name, unit]): IItem => {
    const number = numberOf(name);
    return { name, number, label: step.labels[number] ?? '', unit };
  });
  const isBroken = ({ unit }: IItem): number => (BROKEN.has(unit.state) ? 0 : 1);
  return items.sort((one, other) => isBroken(one) - isBroken(other) || one.number - other.number);
}

/** Return how many items are in which state; empty for a step that goes over none. */
export function stateCounts(step: IStepRun): ReadonlyMap<StepStateName, number> {
  const counts = new Map<StepStateName, number>();
  const count = (state: StepStateName, more: number): void =>
    void counts.set(state, (counts.get(state) ?? 0) + more);
  step.units.forEach(unit => count(unit.state, 1));
  const unheard = (step.items ?? 0) - step.units.size;
  if (unheard > 0) {
    count(OPEN.has(step.state) ? 'waiting' : 'skipped', unheard);
  }
  const rank = (state: StepStateName): number => ORDER.indexOf(state);
  return new Map([...counts].sort(([one], [other]) => rank(one) - rank(other)));
}

/** Return the number in `train[3]`. */
function numberOf(unit: string): number {
  return Number(unit.slice(unit.lastIndexOf('[') + 1, -1));
}

const BROKEN: ReadonlySet<string> = new Set(['failed', 'crashed', 'lost']);
const ORDER: readonly StepStateName[] = [
  'succeeded',
  'reused',
  'skipped',
  'failed',
  'crashed',
  'lost',
  'cancelled',
  'running',
  'queued',
  'waiting'
];
