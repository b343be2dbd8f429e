/**
 * The compiler's findings on the lines they are about, with their quick fixes.
 */
import type { Cell } from '@jupyterlab/cells';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { setDiagnostics } from '@codemirror/lint';
import type { Diagnostic } from '@codemirror/lint';
import type { Text } from '@codemirror/state';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { soon } from '../frames';
import type { IDiagnostic } from '../model/pipeline';
import type { NotebookSession } from '../model/session';

export interface IMarksOptions {
  readonly panel: NotebookPanel;
  readonly session: NotebookSession;
  /** Carry out what a finding proposes. */
  onFix(diagnostic: IDiagnostic): void;
}

/** What an editor was last marked with, and the text that it had. */
interface IShown {
  readonly findings: readonly IDiagnostic[];
  readonly text: Text;
}

const NONE: readonly IDiagnostic[] = [];

/** Keeps the marks of one view of a notebook. */
export class NotebookMarks implements IDisposable {
  constructor(options: IMarksOptions) {
    this._options = options;
    const { panel, session } = options;
    session.compilation.changed.connect(this._refresh, this);
    panel.disposed.connect(this.dispose, this);
    void panel.context.ready.then(() => {
      if (!this._isDisposed) {
        session.model.cells.changed.connect(this._onCellsChanged, this);
        this._onCellsChanged();
      }
    });
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _onCellsChanged(): void {
    if (this._options.panel.isDisposed) {
      return; // a notebook that is closed gives its cells up one by one
    }
    for (const cell of this._options.panel.content.widgets) {
      if (cell.model.type === 'code' && !this._known.has(cell)) {
        this._known.add(cell);
        // It has no editor before it is first shown.
        void cell.ready.then(() => this._refresh());
        cell.inViewportChanged.connect(this._refresh, this);
      }
    }
    this._refresh();
  }

  private _refresh(): void {
    if (!this._isScheduled) {
      this._isScheduled = true;
      soon(() => {
        this._isScheduled = false;
        this._mark();
      });
    }
  }

  private _mark(): void {
    const { panel, session } = this._options;
    if (this._isDisposed || session.isDisposed || panel.isDisposed) {
      return;
    }
    for (const cell of panel.content.widgets) {
      if (cell.editor instanceof CodeMirrorEditor) {
        this._markCell(cell.editor, session.findings(cell.model.id));
      }
    }
  }

  private _markCell(editor: CodeMirrorEditor, findings: readonly IDiagnostic[]): void {
    const { state } = editor.editor;
    const old = this._shown.get(editor);
    // To mark anew closes the tooltip that a user may be reading.
    const isSame = old?.text.eq(state.doc) === true && alike(old.findings, findings);
    if (isSame || (findings.length === 0 && (old?.findings ?? NONE).length === 0)) {
      return;
    }
    this._shown.set(editor, { findings, text: state.doc });
    const marks = findings
      .filter(({ line }) => line !== null) // what is about a whole cell, its chip says
      .map(finding => this._markOf(finding, state.doc));
    editor.editor.dispatch(setDiagnostics(state, marks));
  }

  private _markOf(finding: IDiagnostic, text: Text): Diagnostic {
    const { message, hint, severity, fix } = finding;
    const line = text.line(Math.min(finding.line ?? 1, text.lines));
    const indent = line.text.length - line.text.trimStart().length;
    return {
      from: line.from + indent,
      to: line.from + line.text.trimEnd().length,
      severity,
      source: 'nbprism',
      message: hint === '' ? message : `${message}\n${hint}`,
      actions:
        fix === null ? [] : [{ name: plain(fix.title), apply: () => this._options.onFix(finding) }]
    };
  }

  private readonly _options: IMarksOptions;
  private readonly _known = new WeakSet<Cell>();
  private readonly _shown = new WeakMap<CodeMirrorEditor, IShown>();
  private _isScheduled = false;
  private _isDisposed = false;
}

function alike(some: readonly IDiagnostic[], others: readonly IDiagnostic[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}

/** A button shows no code. */
function plain(text: string): string {
  return text.replaceAll('`', '"');
}
