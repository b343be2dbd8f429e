/**
 * What the chip of a code cell says.
 */
import { worst } from './pipeline';
import type { IDiagnostic, IStepSettings, Severity } from './pipeline';
import { isOver } from './run';
import type { IRunState, StepStateName } from './runState';
import { progressOf } from './units';
import { placementIn } from './tags';

/** A chip, ready to be drawn. */
export interface IChip {
  /** Step or role; empty for a cell of which nothing is known yet. */
  readonly label: string;
  readonly kind: 'step' | 'role' | 'none';
  /** Whether the cell has no tag of its own and counts as this because of the cells above. */
  readonly isImplied: boolean;
  /** Also tagged `metrics`. */
  readonly isMetrics: boolean;
  readonly hue: number | null;
  readonly state: StepStateName | null;
  /** When it started, by the driver's clock, while it runs. */
  readonly runningSince: number | null;
  readonly durationS: number | null;
  /** What its step has to reserve before it can start, while it is queued for that. */
  readonly queuedFor: IStepSettings | null;
  /** How many of the items that the step goes over are done, as `3/10`; empty for other steps. */
  readonly progress: string;
  /** The run that its step was taken from, and what it took there; null unless it was reused. */
  readonly reusedFrom: string | null;
  readonly savedS: number | null;
  /** Why what the cell shows is not what a run would give now, or null. */
  readonly stale: string | null;
  readonly severity: Severity | null;
  /** What is wrong, one finding per line. */
  readonly problems: string;
}

/** All that a chip depends on. */
export interface IChipFacts {
  readonly cell: string;
  readonly tags: readonly string[];
  readonly place: { readonly role: string; readonly step: string | null } | null;
  readonly diagnostics: readonly IDiagnostic[];
  readonly hues: ReadonlyMap<string, number>;
  readonly run: IRunState | null;
  /** The settings of a step; null for one that is not known. */
  settings(step: string): IStepSettings | null;
  /** Why what a step gave is stale, or null. */
  stale(step: string): string | null;
}

/** Return the chip of a cell. */
export function chipOf(facts: IChipFacts): IChip {
  const step = stepOf(facts);
  const role = roleOf(facts);
  const label = step ?? role;
  const stepRun = step === null ? undefined : facts.run?.steps.get(step);
  return {
    label: label ?? '',
    kind: step !== null ? 'step' : role !== null ? 'role' : 'none',
    isImplied: placementIn(facts.tags) === null,
    isMetrics: step !== null && role === 'metrics',
    hue: step === null ? null : (facts.hues.get(step) ?? null),
    ...runOf(facts, step),
    queuedFor: queuedFor(facts, step),
    reusedFrom: stepRun?.reusedFrom ?? null,
    savedS: stepRun?.savedS ?? null,
    stale: staleOf(facts, step),
    severity: worst(facts.diagnostics),
    problems: facts.diagnostics.map(d => d.message).join('\n')
  };
}

/** The cell's own tag is newer than the last compilation, so it goes first. */
function stepOf(facts: IChipFacts): string | null {
  const tagged = placementIn(facts.tags);
  if (tagged?.kind === 'step') {
    return tagged.step;
  }
  return tagged === null || tagged.role === 'metrics' ? (facts.place?.step ?? null) : null;
}

function roleOf(facts: IChipFacts): string | null {
  const tagged = placementIn(facts.tags);
  if (tagged?.kind === 'role') {
    return tagged.role;
  }
  if (facts.tags.includes('metrics')) {
    return 'metrics';
  }
  const role = facts.place?.role ?? null;
  return tagged === null && role !== 'step' && role !== 'text' ? role : null;
}

/** Only what has been computed can be stale; what is being computed is not. */
function staleOf({ run, stale }: IChipFacts, step: string | null): string | null {
  const state = step === null ? undefined : run?.steps.get(step)?.state;
  const isComputed = state === 'succeeded' || state === 'reused';
  return step !== null && isComputed && run !== null && isOver(run.state) ? stale(step) : null;
}

/** While Ray starts, nobody waits for anything else. */
function queuedFor({ run, settings }: IChipFacts, step: string | null): IStepSettings | null {
  const isQueued = step !== null && run?.steps.get(step)?.state === 'queued';
  return isQueued && run.phase !== 'cluster-starting' ? settings(step) : null;
}

type RunPart = Pick<IChip, 'state' | 'runningSince' | 'durationS' | 'progress'>;

const NO_RUN: RunPart = { state: null, runningSince: null, durationS: null, progress: '' };

function runOf({ run, cell: id }: IChipFacts, step: string | null): RunPart {
  const stepRun = step === null ? undefined : run?.steps.get(step);
  const cell = run?.cells.get(id);
  if (stepRun?.items != null && stepRun.state === 'running') {
    return { ...NO_RUN, state: 'running', progress: progressOf(stepRun) };
  }
  if (cell === undefined || stepRun === undefined || cell.step !== step) {
    return { ...NO_RUN, state: stepRun === undefined ? null : unstarted(stepRun.state) };
  }
  if (cell.state !== 'running') {
    const state =
      cell.state === 'failed' && stepRun.state !== 'running' ? stepRun.state : cell.state;
    return { ...NO_RUN, state, durationS: cell.durationS };
  }
  return { ...NO_RUN, state: 'running', runningSince: cell.startedAt };
}

/** A cell that has not started is as its step is, except that it neither runs nor fails. */
function unstarted(step: StepStateName): StepStateName {
  if (step === 'running') {
    return 'queued';
  }
  return step === 'failed' || step === 'crashed' ? 'skipped' : step;
}

/** Tell whether two chips look the same. */
export function sameChip(one: IChip, other: IChip): boolean {
  return (Object.keys(one) as (keyof IChip)[]).every(key => one[key] === other[key]);
}
