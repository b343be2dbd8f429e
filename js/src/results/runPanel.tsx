/**
 * One run in the main area.
 */
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import type { JSX } from 'react';
import { hues } from '../model/colours';
import { Problem } from '../model/problem';
import { isOver } from '../model/run';
import { RunResult } from '../model/result';
import { svgOf } from '../model/svg';
import type { IResultsApi } from '../model/server';
import type { IResultActions, Mount } from '../view/run/actions';
import { RunView } from '../view/run/RunView';
import type { ISaid } from '../view/run/Said';
import { onWake } from '../wake';
import { download } from './download';
import { DrawnWidget } from './drawn';

export interface IRunPanelOptions {
  readonly api: IResultsApi;
  readonly path: string;
  readonly run: string;
  readonly trans: TranslationBundle;
  readonly mount: Mount;
  openRun(path: string, run: string): void;
  openExecuted(path: string, run: string): void;
  /** Perform `%nbprism ...` in the notebook's kernel; rejects with a `Problem`. */
  perform(path: string, line: string): Promise<string>;
  /** Show a cell of the notebook as it is now. */
  reveal(path: string, cell: string, line: number | null): void;
}

/** Follows its run as long as it is open. */
export class RunPanel extends DrawnWidget {
  constructor(options: IRunPanelOptions) {
    super();
    this._options = options;
    this.addClass('nbprism-RunPanel');
    this.node.setAttribute('aria-label', options.trans.__('Run %1', options.run));
    const { api, path, run } = options;
    this.result = new RunResult({ api, path, run });
    this.result.changed.connect(this._onChanged, this);
    this._actions = this._actionsOf(options);
    this._wake = onWake(() => this.result.renew());
    this.result.start();
  }

  readonly result: RunResult;

  override dispose(): void {
    this._wake.dispose();
    this.result.dispose();
    super.dispose();
  }

  protected override render(): JSX.Element {
    const { watch, detail, units, graph, notebook, log, problem, isBusy } = this.result;
    if (graph !== this._drawn) {
      this._drawn = graph;
      this._hues = hues(graph.nodes.map(node => node.name));
    }
    return (
      <RunView
        trans={this._options.trans}
        actions={this._actions}
        view={{
          path: this._options.path,
          row: detail?.summary ?? null,
          run: watch.state,
          feed: watch.feed,
          now: watch.clock.at(Date.now() / 1000),
          units,
          usage: detail?.usage ?? {},
          graph,
          hues: this._hues,
          outputs: watch.outputs,
          lines: this.result.lines,
          notebook,
          log,
          selected: this._selected,
          said: this._said,
          isBusy,
          problem
        }}
      />
    );
  }

  private _onChanged(): void {
    this.runClock(!isOver(this.result.watch.state.state));
    this.draw();
  }

  private _actionsOf(options: IRunPanelOptions): IResultActions {
    const { path, run, mount, trans } = options;
    const begin = async (resume: boolean): Promise<void> => {
      const begun = await this.result.again(resume);
      if (begun !== null) {
        options.openRun(path, begun.run);
      }
    };
    return {
      mount,
      again: () => void begin(false),
      resume: () => void begin(true),
      cancel: () => void this.result.cancel(),
      pin: pinned => void this.result.pin(pinned),
      openExecuted: () => options.openExecuted(path, run),
      saveReport: () => void this._saveReport(),
      exportGraph: () => {
        const name = `${PathExt.basename(path, '.ipynb')}-graph.svg`;
        const svg = svgOf(this.result.graph, this._hues, this.result.watch.state);
        download(name, svg, 'image/svg+xml');
      },
      reveal: (cell, line) => options.reveal(path, cell, line),
      select: step => {
        this._selected = step;
        this.draw();
      },
      loadInputs: step => void this._load([step], trans.__('Loading the inputs of %1…', step)),
      loadValue: (step, name) => void this._load([step, name], trans.__('Loading %1…', name)),
      dismissSaid: () => this._say(null),
      readLog: () => void this.result.readLog(),
      dismiss: () => this.result.dismiss()
    };
  }

  /** The user's kernel is touched here, on a click, and nowhere else. */
  private async _load(what: readonly string[], title: string): Promise<void> {
    const { path, run, perform } = this._options;
    this._say({ state: 'asking', text: title });
    try {
      const text = await perform(path, ['load', run, ...what].join(' '));
      this._say({ state: 'done', text });
    } catch (error) {
      this._say({ state: 'failed', text: Problem.of(error).message });
    }
  }

  private _say(said: ISaid | null): void {
    this._said = said;
    this.draw();
  }

  private async _saveReport(): Promise<void> {
    const page = await this.result.report();
    if (page !== null) {
      download(`${this._options.run}.html`, page, 'text/html');
    }
  }

  private readonly _options: IRunPanelOptions;
  private readonly _actions: IResultActions;
  private readonly _wake: IDisposable;
  private _drawn: unknown = null;
  private _hues: ReadonlyMap<string, number> = new Map();
  private _selected: string | null = null;
  private _said: ISaid | null = null;
}
