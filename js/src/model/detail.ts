/**
 * What the server tells of one run beyond its events: the plan it works on, what its steps took.
 */
import type { JSONValue } from '@lumino/coreutils';
import type { IStepSettings } from './pipeline';
import type { IRunSummary } from './runState';

/** What a list shows of a run. */
export interface IRunRow extends IRunSummary {
  readonly parameters: Readonly<Record<string, JSONValue>>;
  /** Contents path of its notebook; null where the server does not show it. */
  readonly path: string | null;
  /** Whether it is kept from being deleted. */
  readonly pinned: boolean;
  readonly sweep: string | null;
  readonly resumes: string | null;
}

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
}

/** A run in full, as `GET runs/RUN/detail` sends it. */
export interface IRunDetail {
  readonly summary: IRunRow;
  readonly units: readonly IUnit[];
  readonly usage: Readonly<Record<string, IUsage>>;
}
