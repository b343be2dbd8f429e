/**
 * What the server tells of one run beyond its events: the plan it works on, what its steps took.
 */
import type { JSONValue } from '@lumino/coreutils';
import type { IStepSettings } from './pipeline';
import type { IRunSummary } from './run';

/** What a step compiled to. */
export interface IUnit {
  readonly step: string;
  readonly cells: readonly string[];
  readonly needs: readonly string[];
  /** Name -> the step that made it. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: readonly string[];
  readonly parameters: Readonly<Record<string, JSONValue>>;
  readonly settings: IStepSettings;
}

/** What a step used up. */
export interface IUsage {
  readonly cpu_s?: number;
  /** Bytes. */
  readonly peak_rss?: number;
  /** Bytes. */
  readonly peak_gpu?: number;
}

/** A run in full, as `GET runs/RUN/detail` sends it. */
export interface IRunDetail {
  readonly summary: IRunSummary;
  readonly units: readonly IUnit[];
  readonly usage: Readonly<Record<string, IUsage>>;
}
