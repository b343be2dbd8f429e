/**
 * What the history shows.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IRunRow } from '../../model/detail';
import type { Problem } from '../../model/problem';
import type { RunStateName } from '../../model/runState';
import type { IHistoryActions } from './actions';

/** What the history shows. */
export interface IHistoryView {
  /** Empty where there is only the history of all notebooks. */
  readonly path: string;
  readonly isOfAll: boolean;
  readonly rows: readonly IRunRow[];
  readonly chosen: readonly IRunRow[];
  readonly hasMore: boolean;
  readonly searchedAll: boolean;
  readonly isLoading: boolean;
  readonly search: string;
  readonly states: ReadonlySet<RunStateName>;
  readonly problem: Problem | null;
}

export interface IHistoryViewProps {
  readonly trans: TranslationBundle;
  readonly view: IHistoryView;
  readonly actions: IHistoryActions;
}
