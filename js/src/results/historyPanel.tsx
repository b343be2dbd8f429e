/**
 * The history of runs in the main area.
 */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { IRunRow } from '../model/detail';
import { RunHistory } from '../model/history';
import type { IResultsApi } from '../model/server';
import type { IHistoryActions } from '../view/history/actions';
import { HistoryView } from '../view/history/HistoryView';
import type { Mount } from '../view/run/actions';
import { DrawnWidget } from './drawn';

/** How often a list in which a run goes on is loaded anew. */
const RELOAD_MS = 3_000;

export interface IHistoryPanelOptions {
  readonly api: IResultsApi;
  /** The notebook; empty for all. */
  readonly path: string;
  readonly trans: TranslationBundle;
  readonly mount: Mount;
  openRun(path: string, run: string): void;
  compare(rows: readonly IRunRow[]): void;
}

/** Loads when it is shown, and now and then while a run goes on. */
export class HistoryPanel extends DrawnWidget {
  constructor(options: IHistoryPanelOptions) {
    super();
    this._options = options;
    this.addClass('nbprism-HistoryPanel');
    this.node.setAttribute('aria-label', options.trans.__('History of runs'));
    this._history = new RunHistory({ api: options.api, path: options.path });
    this._history.changed.connect(this.draw, this);
    this._actions = this._actionsOf(options);
  }

  override dispose(): void {
    clearInterval(this._timer);
    this._history.dispose();
    super.dispose();
  }

  protected override onAfterShow(): void {
    void this._history.load();
    this._timer = setInterval(() => {
      if (this._history.isLive) {
        void this._history.load();
      }
    }, RELOAD_MS);
  }

  protected override onBeforeHide(): void {
    clearInterval(this._timer);
  }

  protected override render(): JSX.Element {
    const { path, trans } = this._options;
    const { isOfAll, rows, chosen, hasMore, searchedAll, isLoading, search, states, problem } =
      this._history;
    return (
      <HistoryView
        trans={trans}
        actions={this._actions}
        view={{
          path,
          isOfAll,
          rows,
          chosen,
          hasMore,
          searchedAll,
          isLoading,
          search,
          states,
          problem
        }}
      />
    );
  }

  private _actionsOf({ mount, openRun, compare }: IHistoryPanelOptions): IHistoryActions {
    const history = this._history;
    return {
      mount,
      open: row => openRun(history.pathOf(row), row.run),
      choose: (runs, isChosen) => history.choose(runs, isChosen),
      pin: (row, pinned) => void history.pin(row, pinned),
      compare: () => compare([...history.chosen].reverse()),
      remove: () => void this._remove(),
      find: text => history.find(text),
      only: states => history.only(states),
      ofAll: isOfAll => history.ofAll(isOfAll),
      loadMore: () => void history.loadMore(),
      reload: () => void history.load()
    };
  }

  private async _remove(): Promise<void> {
    const { trans } = this._options;
    const count = this._history.chosen.length;
    const { button } = await showDialog({
      title: trans._n('Delete %1 run?', 'Delete %1 runs?', count),
      body: trans.__('Their logs, outputs and executed notebooks go. This cannot be undone.'),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Delete') })
      ]
    });
    if (button.accept) {
      await this._history.removeChosen();
    }
  }

  private readonly _options: IHistoryPanelOptions;
  private readonly _history: RunHistory;
  private readonly _actions: IHistoryActions;
  private _timer: ReturnType<typeof setInterval> | undefined;
}
