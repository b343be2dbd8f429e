/**
 * The events of a run, as its log has them and the WebSocket sends them.
 *
 * A frame is checked for the fields every event has, not for those of its kind: kinds this version
 * does not know pass through and are ignored, so a newer server does not break an older page.
 */
import type { IOutput } from '@jupyterlab/nbformat';
import type { JSONValue } from '@lumino/coreutils';

export type MetricValue = number | string | boolean;

/** What went wrong in a step, for people. */
export interface IStepError {
  readonly code?: string;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
  readonly cell?: string | null;
  readonly line?: number | null;
  readonly hint?: string | null;
  readonly message?: string;
}

/** A change to what a cell shows. */
export type OutputOp =
  | { readonly op: 'append'; readonly output: IOutput; readonly display_id?: string | null }
  | { readonly op: 'clear'; readonly wait: boolean }
  | { readonly op: 'update'; readonly display_id: string; readonly output: IOutput };

interface IEventBase {
  /** Position in the run's log, from 1, without gaps. */
  readonly seq: number;
  /** Seconds since the epoch, by the driver's clock. */
  readonly at: number;
}

interface IAttempt {
  readonly step: string;
  readonly attempt: number;
}

interface IAttemptEnd extends IAttempt {
  readonly duration_s: number;
}

interface IAttemptError extends IAttemptEnd {
  readonly error: IStepError;
  readonly will_retry: boolean;
}

interface IRunEnd {
  readonly duration_s: number;
  readonly metrics?: Readonly<Record<string, MetricValue>>;
  readonly executed?: string | null;
  readonly error?: IStepError | null;
}

export type TableCell = string | number | boolean | null;

/** The first rows and columns of a frame. */
export interface ITable {
  readonly columns: readonly { readonly name: TableCell; readonly dtype: string }[];
  readonly index: readonly TableCell[] | null;
  readonly rows: readonly (readonly TableCell[])[];
}

/** A named value a step gave to the store. */
export interface IArtifact {
  readonly name: string;
  readonly type?: string;
  readonly bytes?: number | null;
  /** In a few words. */
  readonly preview?: string | null;
  /** Its first rows, or its `repr`. */
  readonly head?: string | null;
  /** Rows and columns, or the sides of an array. */
  readonly shape?: readonly number[] | null;
  /** The first rows of a frame. */
  readonly table?: ITable | null;
  /** A small picture of a figure or an image, in base64. */
  readonly image?: { readonly mime: 'image/png'; readonly data: string } | null;
  /** Names the archive it lies in; values that share an object share it. */
  readonly digest?: string | null;
  /** Why it could not be kept. */
  readonly unsupported?: string | null;
}

type Body =
  | {
      readonly kind: 'run-accepted';
      readonly run: string;
      readonly pipeline: string;
      readonly notebook: string;
      readonly steps: readonly string[];
      readonly parameters: Readonly<Record<string, JSONValue>>;
      readonly cluster: string;
      readonly cache?: boolean;
      /** This step and all after it run, even if nothing about them changed. */
      readonly from_step?: string | null;
      readonly only_step?: string | null;
      /** The run whose finished steps are taken over. */
      readonly resumes?: string | null;
      readonly sweep?: string | null;
    }
  | { readonly kind: 'cluster-starting' }
  | {
      readonly kind: 'cluster-joined';
      readonly cpus: number;
      readonly gpus: number;
      readonly memory: number;
      readonly started: boolean;
    }
  | { readonly kind: 'run-started'; readonly driver_pid: number }
  | (IAttempt & {
      readonly kind: 'step-queued';
      /** Why it runs instead of being reused. */
      readonly because?: string | null;
    })
  | (IAttempt & {
      readonly kind: 'step-expanded';
      readonly items: number;
      readonly labels?: readonly string[];
    })
  | (IAttempt & { readonly kind: 'step-started'; readonly pid: number })
  | (IAttempt & { readonly kind: 'cell-started'; readonly cell: string })
  | (IAttempt & {
      readonly kind: 'cell-output';
      readonly cell: string;
      readonly ops: readonly OutputOp[];
    })
  | (IAttempt & {
      readonly kind: 'cell-ended';
      readonly cell: string;
      readonly ok: boolean;
      readonly execution_count: number | null;
      readonly duration_s: number;
    })
  | (IAttemptEnd & {
      readonly kind: 'step-succeeded';
      readonly outputs: readonly IArtifact[];
      readonly metrics?: Readonly<Record<string, MetricValue>>;
    })
  | {
      readonly kind: 'step-reused';
      readonly step: string;
      /** The run that computed it. */
      readonly from_run: string;
      /** What it took then. */
      readonly saved_s: number;
      readonly outputs: readonly IArtifact[];
      readonly metrics?: Readonly<Record<string, MetricValue>>;
    }
  | (IAttemptError & { readonly kind: 'step-failed' })
  | (IAttemptError & { readonly kind: 'step-crashed' })
  | { readonly kind: 'step-skipped'; readonly step: string; readonly reason: string }
  | { readonly kind: 'step-cancelled'; readonly step: string; readonly attempt?: number }
  | {
      readonly kind: 'metric-reported';
      readonly step: string;
      readonly name: string;
      readonly value: MetricValue;
    }
  /** What the attempt computes will not count; it is being stopped. */
  | (IAttempt & { readonly kind: 'step-outdated'; readonly reason: string })
  /** What the step gave does not count any more; it waits to run again. */
  | (IAttempt & { readonly kind: 'step-withdrawn'; readonly reason: string })
  | {
      /** A step changed an input in place, unforeseen. */
      readonly kind: 'input-changed';
      readonly step: string;
      readonly name: string;
      /** The steps that take the changed one; who had begun before runs again. */
      readonly takers: readonly string[];
    }
  | { readonly kind: 'run-cancelling' }
  | (IRunEnd & { readonly kind: 'run-succeeded' })
  | (IRunEnd & { readonly kind: 'run-failed' })
  | (IRunEnd & { readonly kind: 'run-cancelled' })
  // Not in any log: the server says it when the driver, the only one who writes the log, is gone.
  | { readonly kind: 'run-lost' }
  // Neither, and without a number: a cluster elsewhere does not answer, or does again.
  | { readonly kind: 'run-unheard'; readonly unheard: IUnheard | null };

/** Since when, in seconds, and why nothing is heard of a run. */
export interface IUnheard {
  readonly since: number;
  readonly why: string;
}

/** A fact in a run's log. */
export type RunEvent = IEventBase & Body;

export type RunEventOf<K extends RunEvent['kind']> = Extract<RunEvent, { kind: K }>;

const TERMINAL: ReadonlySet<string> = new Set([
  'run-succeeded',
  'run-failed',
  'run-cancelled',
  'run-lost'
]);

/** Tell whether nothing follows this event. */
export function isTerminal(event: RunEvent): boolean {
  return TERMINAL.has(event.kind);
}

/**
 * Return the events of one WebSocket frame, or throw where it is not one.
 */
export function parseFrame(frame: unknown): readonly RunEvent[] {
  if (typeof frame !== 'string') {
    throw new TypeError('A frame of events must be text.');
  }
  const values: unknown = JSON.parse(frame);
  if (!Array.isArray(values) || !values.every(isEvent)) {
    throw new TypeError('A frame must be a list of numbered events.');
  }
  return values;
}

function isEvent(value: unknown): value is RunEvent {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const { seq, at, kind } = value as Record<string, unknown>;
  return typeof seq === 'number' && typeof at === 'number' && typeof kind === 'string';
}
