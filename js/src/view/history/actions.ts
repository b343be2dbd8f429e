/**
 * What the history can ask for.
 */
import type { IRunRow } from '../../model/detail';
import type { RunStateName } from '../../model/runState';
import type { Mount } from '../run/actions';

export interface IHistoryActions {
  readonly mount: Mount;
  open(row: IRunRow): void;
  choose(runs: readonly string[], isChosen: boolean): void;
  pin(row: IRunRow, pinned: boolean): void;
  compare(): void;
  remove(): void;
  find(text: string): void;
  only(states: ReadonlySet<RunStateName>): void;
  ofAll(isOfAll: boolean): void;
  loadMore(): void;
  reload(): void;
}
