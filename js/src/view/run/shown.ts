/**
 * What the run view shows.
 */
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { IRunRow, IUnit } from '../../model/detail';
import type { FeedState } from '../../model/feed';
import type { IGraph } from '../../model/graph';
import type { RunOutputs } from '../../model/outputs';
import type { RunLog } from '../../model/runLog';
import type { Problem } from '../../model/problem';
import type { IRunState } from '../../model/runState';
import type { IUsage } from '../../model/detail';
import type { ISaid } from './Said';

/** What the run view shows. */
export interface IResultView {
  readonly path: string;
  readonly row: IRunRow | null;
  readonly run: IRunState;
  readonly feed: FeedState;
  /** The time by the driver's clock. */
  readonly now: number;
  readonly units: readonly IUnit[];
  readonly usage: Readonly<Record<string, IUsage>>;
  readonly graph: IGraph;
  readonly hues: ReadonlyMap<string, number>;
  readonly outputs: RunOutputs;
  /** What the run said, line by line. */
  readonly lines: RunLog;
  readonly notebook: INotebookContent | null;
  /** The driver's last words, once they were asked for. */
  readonly log: string | null;
  readonly selected: string | null;
  /** What the user's kernel said last, until it was read. */
  readonly said: ISaid | null;
  readonly isBusy: boolean;
  readonly problem: Problem | null;
}
