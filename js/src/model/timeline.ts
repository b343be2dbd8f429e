/**
 * When the steps of a run worked, and which of them decided how long it took.
 */
import type { IUnit, IUsage } from './detail';
import type { IRunState, IStepRun, StepStateName } from './runState';
import { itemsIn, progressOf } from './units';

/** One step on the timeline; times are seconds since the run was accepted. */
export interface IBar {
  readonly step: string;
  /** What it is, if it is an item of a list; empty for a step. */
  readonly label: string;
  readonly state: StepStateName;
  /** When its needs were met and it began to wait for room on the cluster. */
  readonly queuedS: number | null;
  readonly startS: number | null;
  readonly endS: number | null;
  readonly wallS: number | null;
  readonly cpuS: number | null;
  /** Bytes. */
  readonly peakMemory: number | null;
  /** How many were reserved for it. */
  readonly gpus: number;
  readonly attempts: number;
  /** Whether the run would have been shorter with this step. */
  readonly isCritical: boolean;
  /** How many of its items are done, as `3/10`; empty for a step that goes over none. */
  readonly progress: string;
  /** Its items, those with trouble first. */
  readonly items: readonly IBar[];
}

export interface ITimeline {
  readonly bars: readonly IBar[];
  /** How long the whole axis is, in seconds. */
  readonly lengthS: number;
  /** How much of the run's time the critical steps worked. */
  readonly criticalS: number;
}

/** Return the timeline of a run when the driver's clock says `now`. */
export function timelineOf(
  run: IRunState,
  units: readonly IUnit[],
  usage: Readonly<Record<string, IUsage>>,
  now: number
): ITimeline {
  const begin = run.acceptedAt ?? now;
  const critical = criticalPath(run, units, now);
  const gpus = new Map(units.map(({ step, settings }) => [step, settings.gpus ?? 0]));
  const barOf = (step: string, state: IStepRun, label = ''): IBar => {
    const { startedAt, queuedAt = null, durationS } = state;
    const wallS = state.state === 'running' && startedAt !== null ? now - startedAt : durationS;
    const startS = startedAt === null ? null : startedAt - begin;
    return {
      step,
      label,
      state: state.state,
      queuedS: queuedAt === null ? null : queuedAt - begin,
      startS,
      endS: startS === null || wallS === null ? null : startS + wallS,
      wallS: startedAt === null ? null : wallS,
      cpuS: usage[step]?.cpu_s ?? null,
      peakMemory: usage[step]?.peak_rss ?? null,
      gpus: gpus.get(step) ?? 0,
      attempts: state.attempt,
      isCritical: critical.has(step),
      progress: progressOf(state),
      items: itemsIn(state).map(item => ({
        ...barOf(item.name, item.unit, item.label),
        gpus: gpus.get(step) ?? 0
      }))
    };
  };
  const bars = [...run.steps].map(([step, state]) => barOf(step, state));
  const ends = bars.map(bar => bar.endS ?? bar.queuedS ?? 0);
  const criticalBars = bars.filter(bar => bar.isCritical);
  return {
    bars,
    lengthS: Math.max(run.durationS ?? 0, ...ends, 0.001),
    criticalS: criticalBars.reduce((sum, bar) => sum + (bar.wallS ?? 0), 0)
  };
}

/** Return the steps from the last that ended back through what each of them waited for longest. */
export function criticalPath(
  run: IRunState,
  units: readonly IUnit[],
  now: number
): ReadonlySet<string> {
  const end = (name: string): number => {
    const { startedAt, durationS } = run.steps.get(name) ?? { startedAt: null, durationS: null };
    return startedAt === null ? -Infinity : startedAt + (durationS ?? now - startedAt);
  };
  const last = (names: readonly string[]): string | undefined =>
    names.filter(name => end(name) > -Infinity).sort((a, b) => end(b) - end(a))[0];
  const path = new Set<string>();
  let step = last([...run.steps.keys()]);
  while (step !== undefined && !path.has(step)) {
    path.add(step);
    const name = step;
    step = last(units.find(unit => unit.step === name)?.needs ?? []);
  }
  return path;
}

/** Return round numbers of seconds to mark on an axis of this length, the first being 0. */
export function ticks(lengthS: number, most = 6): readonly number[] {
  const rough = lengthS / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough) ?? rough;
  return Array.from({ length: Math.floor(lengthS / step) + 1 }, (_, index) => index * step);
}
