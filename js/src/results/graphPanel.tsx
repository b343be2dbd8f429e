/**
 * The graph of an open notebook in the main area: as it compiles now, and as its last run goes.
 */
import { PathExt } from '@jupyterlab/coreutils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import { graphOf } from '../model/graph';
import type { IGraph } from '../model/graph';
import type { IPipeline } from '../model/pipeline';
import type { NotebookSession } from '../model/session';
import { svgOf } from '../model/svg';
import { reveal } from '../notebooks';
import type { IPrismSessions } from '../tokens';
import { Empty } from '../view/Empty';
import { Graph } from '../view/graph/Graph';
import { download } from './download';
import { DrawnWidget } from './drawn';

export interface IGraphPanelOptions {
  readonly path: string;
  readonly sessions: IPrismSessions;
  readonly tracker: INotebookTracker;
  readonly trans: TranslationBundle;
  /** Bring a widget to the front. */
  activate(id: string): void;
}

/** Follows the notebook it was opened for, whichever is the current one. */
export class GraphPanel extends DrawnWidget {
  constructor(options: IGraphPanelOptions) {
    super();
    this._options = options;
    this.addClass('nbprism-GraphPanel');
    this.node.setAttribute('aria-label', options.trans.__('Graph of %1', options.path));
    options.tracker.widgetAdded.connect(this._find, this);
    this._find();
  }

  /** The notebook it is of. */
  get path(): string {
    return this._options.path;
  }

  protected override render(): JSX.Element {
    const { trans } = this._options;
    const graph = this._graph();
    if (this._session === null || graph === null) {
      return (
        <Empty title={trans.__('The graph of %1', PathExt.basename(this.path))}>
          <p>{this._session === null ? trans.__('Open the notebook to see its graph.') : ''}</p>
        </Empty>
      );
    }
    const { watch } = this._session.runs;
    return (
      <Graph
        trans={trans}
        graph={graph}
        hues={this._session.hues}
        run={watch?.state ?? null}
        types={this._session.types.state.found}
        now={watch?.clock.at(Date.now() / 1000) ?? 0}
        selected={this._selected}
        onSelect={step => this._select(step)}
        onExport={() => this._export()}
      />
    );
  }

  /** Return the graph; the same object while the pipeline is the same. */
  private _graph(): IGraph | null {
    const pipeline = this._session?.pipeline ?? null;
    if (pipeline !== this._pipeline) {
      this._pipeline = pipeline;
      this._drawn = pipeline === null ? null : graphOf(pipeline);
    }
    return this._drawn;
  }

  private _find(): void {
    const { tracker, sessions } = this._options;
    const panel = tracker.find(item => item.context.path === this.path) ?? null;
    const session = panel === null ? null : sessions.of(panel);
    if (panel === null || session === null || session === this._session) {
      return;
    }
    this._session = session;
    this._panel = panel;
    session.changed.connect(this._onChanged, this);
    panel.disposed.connect(this._onClosed, this);
    this._onChanged();
  }

  private _onChanged(): void {
    this.runClock(this._session?.runs.isActive ?? false);
    this.draw();
  }

  private _onClosed(): void {
    this._session = null;
    this._panel = null;
    this._onChanged();
    this._find(); // another view of the notebook may still be open
  }

  private _select(step: string): void {
    this._selected = step;
    const cell = this._graph()?.nodes.find(node => node.name === step)?.cells[0];
    if (this._panel !== null && cell !== undefined) {
      this._options.activate(this._panel.id);
      void reveal(this._panel, cell, null);
    }
    this.draw();
  }

  private _export(): void {
    const graph = this._graph();
    if (graph !== null && this._session !== null) {
      const svg = svgOf(graph, this._session.hues, this._session.runs.watch?.state ?? null);
      download(`${PathExt.basename(this.path, '.ipynb')}-graph.svg`, svg, 'image/svg+xml');
    }
  }

  private readonly _options: IGraphPanelOptions;
  private _session: NotebookSession | null = null;
  private _panel: NotebookPanel | null = null;
  private _pipeline: IPipeline | null = null;
  private _drawn: IGraph | null = null;
  private _selected: string | null = null;
}
