/**
 * The chips of one view of a notebook.
 */
import { CodeCell } from '@jupyterlab/cells';
import type { Cell } from '@jupyterlab/cells';
import { NotebookActions } from '@jupyterlab/notebook';
import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { PanelLayout } from '@lumino/widgets';
import type { Widget } from '@lumino/widgets';
import { soon } from '../frames';
import type { IChip } from '../model/chips';
import type { NotebookSession } from '../model/session';
import type { OutputWriter } from '../model/writer';
import { CellChip } from './chip';
import type { IPlace } from './chip';
import { OutputNote } from './note';
import type { INote } from './note';

const TICK_MS = 100;

export interface IChipsOptions {
  readonly panel: NotebookPanel;
  readonly session: NotebookSession;
  readonly writer: OutputWriter;
  readonly trans: TranslationBundle;
  /** Whether the user wants chips at all. */
  isWanted(): boolean;
  /** Whether chips offer outputs that their cells do not show. */
  mayOffer(): boolean;
  /** The user wants to change what a cell is. */
  onEdit(cell: Cell, at: IPlace): void;
}

/**
 * Puts a chip into the header of every code cell and keeps it right.
 *
 * Chips are kept by cell widget, never by cell id: after a cut, a paste keeps the id.
 */
export class NotebookChips implements IDisposable {
  constructor(options: IChipsOptions) {
    this._options = options;
    const { panel, session, writer } = options;
    session.changed.connect(this.refresh, this);
    writer.offersChanged.connect(this.refresh, this);
    NotebookActions.executionScheduled.connect(this._onUserRuns, this);
    panel.disposed.connect(this.dispose, this);
    void panel.context.ready.then(() => this._start());
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Bring all chips up to date, soon. */
  refresh(): void {
    if (!this._isScheduled) {
      this._isScheduled = true;
      soon(() => this._refreshNow());
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearInterval(this._clock);
    this._chips.forEach((chip, cell) => this._remove(cell, chip));
    Signal.clearData(this);
  }

  private _start(): void {
    if (this._isDisposed) {
      return;
    }
    // Not `modelContentChanged`: it fires before a new cell has its widget.
    this._options.session.model.cells.changed.connect(this._onCellsChanged, this);
    this._onCellsChanged();
  }

  private _onCellsChanged(): void {
    if (this._options.panel.isDisposed) {
      return; // a notebook that is closed gives its cells up one by one
    }
    const cells = new Set(this._options.panel.content.widgets);
    this._chips.forEach((chip, cell) => {
      if (!cells.has(cell)) {
        this._remove(cell, chip);
      }
    });
    cells.forEach(cell => {
      if (cell instanceof CodeCell && !this._chips.has(cell)) {
        this._add(cell);
      }
    });
    this.refresh();
  }

  private _add(cell: CodeCell): void {
    const chip = new CellChip({
      trans: this._options.trans,
      onEdit: at => this._options.onEdit(cell, at),
      onShow: () => this._options.writer.show(cell.model.id)
    });
    this._chips.set(cell, chip);
    cell.model.metadataChanged.connect(this.refresh, this);
    // A cell has no header before it is first rendered.
    const note = new OutputNote(this._options.trans);
    this._notes.set(cell, note);
    void cell.ready.then(() => attach(cell, chip, note));
  }

  private _remove(cell: CodeCell, chip: CellChip): void {
    this._chips.delete(cell);
    this._marks.delete(cell);
    chip.dispose();
    this._notes.get(cell)?.dispose();
    this._notes.delete(cell);
    if (!cell.isDisposed) {
      cell.removeClass('nbprism-mod-step');
      cell.removeClass('nbprism-mod-stale');
      cell.model.metadataChanged.disconnect(this.refresh, this);
    }
  }

  private _refreshNow(): void {
    this._isScheduled = false;
    if (this._isDisposed || this._options.session.isDisposed) {
      return;
    }
    const { session, writer } = this._options;
    const isShown = this._options.isWanted() && (session.isTagged || session.runs.watch !== null);
    const mayOffer = isShown && this._options.mayOffer();
    const colours = session.hues;
    this._chips.forEach((chip, cell) => {
      const content = isShown ? session.chip(cell.model, colours) : null;
      chip.present(content, mayOffer && writer.offers(cell.model.id));
      this._notes.get(cell)?.present(isShown ? this._noteOf(cell, content) : null);
      this._mark(cell, content);
    });
    this._tick();
    this._runClock();
  }

  /** Set the cell's gutter; writing what is there would have the browser style all in it anew. */
  private _mark(cell: CodeCell, chip: IChip | null): void {
    const isStale = chip !== null && chip.stale !== null;
    const mark = `${chip?.kind} ${chip?.hue ?? 0} ${isStale}`;
    if (this._marks.get(cell) !== mark) {
      this._marks.set(cell, mark);
      cell.toggleClass('nbprism-mod-step', chip?.kind === 'step');
      cell.toggleClass('nbprism-mod-stale', isStale);
      cell.node.style.setProperty('--nbprism-hue', String(chip?.hue ?? 0));
    }
  }

  private _noteOf(cell: CodeCell, chip: IChip | null): INote | null {
    const { session, writer } = this._options;
    const run = session.runs.watch?.state;
    return run !== undefined && writer.shows(cell.model)
      ? { run: run.run, at: run.acceptedAt, isStale: chip !== null && chip.stale !== null }
      : null;
  }

  private _onUserRuns(_: unknown, { notebook, cell }: { notebook: Notebook; cell: Cell }): void {
    if (notebook === this._options.panel.content) {
      this._options.writer.leave(cell.model.id);
    }
  }

  private _runClock(): void {
    const isRunning = [...this._chips.values()].some(chip => chip.isRunning);
    if (isRunning === (this._clock !== undefined)) {
      return;
    }
    clearInterval(this._clock);
    this._clock = isRunning ? setInterval(() => this._tick(), TICK_MS) : undefined;
  }

  private _tick(): void {
    const now = this._options.session.runs.watch?.clock.at(Date.now() / 1000) ?? 0;
    this._chips.forEach(chip => {
      if (chip.isRunning) {
        chip.tick(now);
      }
    });
  }

  private readonly _options: IChipsOptions;
  private readonly _chips = new Map<CodeCell, CellChip>();
  private readonly _notes = new Map<Cell, OutputNote>();
  private readonly _marks = new WeakMap<Cell, string>();
  private _clock: ReturnType<typeof setInterval> | undefined;
  private _isScheduled = false;
  private _isDisposed = false;
}

/** Use the slots that JupyterLab leaves empty: the header above the editor, the footer below all. */
function attach(cell: Cell, chip: CellChip, note: OutputNote): void {
  if (cell.isDisposed || chip.isDisposed) {
    return;
  }
  const parts = (cell.layout as PanelLayout | null)?.widgets ?? [];
  fill(parts[0], chip);
  fill(parts.at(-1), note);
}

function fill(slot: Widget | undefined, widget: Widget): void {
  if (slot !== undefined) {
    const layout = slot.layout instanceof PanelLayout ? slot.layout : new PanelLayout();
    slot.layout ??= layout;
    layout.addWidget(widget);
  }
}
