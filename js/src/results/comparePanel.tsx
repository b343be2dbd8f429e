/**
 * Runs side by side in the main area.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import { RunComparison } from '../model/runComparison';
import type { IRunName } from '../model/runComparison';
import type { IResultsApi } from '../model/server';
import { CompareView } from '../view/history/CompareView';
import type { Mount } from '../view/run/actions';
import { DrawnWidget } from './drawn';

export interface IComparePanelOptions {
  readonly api: IResultsApi;
  readonly runs: readonly IRunName[];
  readonly trans: TranslationBundle;
  readonly mount: Mount;
  openRun(path: string, run: string): void;
}

/** Loads its runs once. */
export class ComparePanel extends DrawnWidget {
  constructor(options: IComparePanelOptions) {
    super();
    this._options = options;
    this.addClass('nbprism-ComparePanel');
    this.node.setAttribute('aria-label', options.trans.__('Comparison of runs'));
    this._comparison = new RunComparison(options.api, options.runs);
    this._comparison.changed.connect(this.draw, this);
    void this._comparison.load();
  }

  protected override render(): JSX.Element {
    const { trans, mount, openRun } = this._options;
    return (
      <CompareView
        trans={trans}
        runs={this._comparison.runs}
        problem={this._comparison.problem}
        mount={mount}
        onOpen={({ path, run }) => openRun(path, run)}
      />
    );
  }

  private readonly _options: IComparePanelOptions;
  private readonly _comparison: RunComparison;
}
