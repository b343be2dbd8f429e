/**
 * What is known of a run, of its steps and of its cells.
 */
import type { IArtifact, IStepError, IUnheard, MetricValue } from './events';

export type StepStateName =
  | 'waiting'
  | 'queued'
  | 'running'
  | 'succeeded'
  | 'reused'
  | 'skipped'
  | 'failed'
  | 'crashed'
  | 'cancelled'
  | 'lost';

export type RunStateName =
  'accepted' | 'running' | 'cancelling' | 'succeeded' | 'failed' | 'cancelled' | 'lost';

/** Step, or unit of one -> what it has reported; a second attempt adds to what the first did. */
export type Reported = ReadonlyMap<string, Readonly<Record<string, MetricValue>>>;

/** What the server says of a run in a list (`RunFolder.summary()`). */
export interface IRunSummary {
  readonly run: string;
  readonly state: RunStateName;
  readonly notebook: string;
  readonly pipeline?: string;
  readonly created_at: number;
  readonly duration_s: number | null;
  readonly metrics: Readonly<Record<string, MetricValue>>;
  readonly steps: Readonly<
    Record<string, { readonly state: StepStateName; readonly duration_s?: number | null }>
  >;
  readonly executed: string | null;
  readonly error: IStepError | null;
  /** Names the sweep that the run is a point of. */
  readonly sweep?: string | null;
}

/** A step in a run. Times are seconds by the driver's clock. */
export interface IStepRun {
  readonly state: StepStateName;
  readonly attempt: number;
  readonly queuedAt?: number | null;
  readonly startedAt: number | null;
  readonly durationS: number | null;
  readonly error: IStepError | null;
  readonly reason: string | null;
  /** The run it was taken from, and what it took there; null unless it was reused. */
  readonly reusedFrom: string | null;
  readonly savedS: number | null;
  readonly artifacts: readonly IArtifact[];
  /** How many units it has, if it runs once for each item of a list. */
  readonly items: number | null;
  /** What its items are, in a few words each. */
  readonly labels: readonly string[];
  /** Those units, by name (`train[3]`), as far as something was heard of them. */
  readonly units: ReadonlyMap<string, IStepRun>;
}

/** A cell in a run; it exists from the moment the cell started. */
export interface ICellRun {
  readonly step: string;
  readonly state: 'running' | 'succeeded' | 'failed';
  readonly startedAt: number;
  readonly durationS: number | null;
}

/** An input that a step changed in place, unforeseen; steps further down take the changed one. */
export interface IChangedInput {
  readonly step: string;
  readonly name: string;
  readonly takers: readonly string[];
}

/** The cluster of a run. */
export interface ICluster {
  readonly name: string;
  /** Null until the run has joined it. */
  readonly size: { readonly cpus: number; readonly gpus: number; readonly memory: number } | null;
}

/** Everything known of one run, without its outputs. */
export interface IRunState {
  readonly run: string;
  /** Number of the last event folded in. */
  readonly seq: number;
  readonly state: RunStateName;
  /** What the run does before its first step, or null. */
  readonly phase: 'cluster-starting' | null;
  readonly steps: ReadonlyMap<string, IStepRun>;
  readonly cells: ReadonlyMap<string, ICellRun>;
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** What each step has said of them. */
  readonly reported: Reported;
  /** What is not as the user may think although the steps ended well. */
  readonly warnings: readonly IChangedInput[];
  /** What the run computes on, as soon as it is known. */
  readonly cluster: ICluster | null;
  readonly acceptedAt: number | null;
  readonly sweep: string | null;
  readonly durationS: number | null;
  readonly executed: string | null;
  readonly error: IStepError | null;
  /** Since when nothing is heard of it, on a cluster that does not answer. */
  readonly unheard: IUnheard | null;
}
