/**
 * What the cells of a run show, folded from the operations in its `cell-output` events.
 */
import type { IOutput, IStream } from '@jupyterlab/nbformat';
import type { OutputOp, RunEvent } from './events';
import { parentOf } from './units';

/** Text of one stream output beyond this many characters is cut in the middle. */
const MAX_STREAM = 1_000_000;

/** Where a display with an id stands. */
interface IPlace {
  readonly cell: string;
  readonly index: number;
}

/** What a cell shows. */
export interface ICellOutputs {
  readonly outputs: readonly IOutput[];
  readonly executionCount: number | null;
}

class Shown implements ICellOutputs {
  /** What readers have; a copy of what is folded. */
  outputs: readonly IOutput[] = [];
  list: IOutput[] = [];
  executionCount: number | null = null;
  clearNext = false;
}

/**
 * The outputs of all cells of one run.
 *
 * `apply` says which cells show something else afterwards. Outputs, and the list of them, are
 * replaced, never changed in place, so a reader may compare by identity.
 */
export class RunOutputs {
  /** Fold the events in and return the ids of the cells that changed. */
  apply(events: readonly RunEvent[]): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const event of events) {
      if ('step' in event && parentOf(event.step) !== null) {
        continue; // a line for each unit comes from its step
      }
      switch (event.kind) {
        case 'step-started':
          this._displays.delete(event.step); // a new attempt has a new kernel
          break;
        case 'cell-started':
          this._cells.set(event.cell, new Shown());
          changed.add(event.cell);
          break;
        case 'cell-ended':
          this._shown(event.cell).executionCount = event.execution_count;
          changed.add(event.cell);
          break;
        case 'cell-output':
          event.ops.forEach(op => this._apply(event.step, event.cell, op, changed));
          break;
        default:
          break;
      }
    }
    for (const cell of changed) {
      const shown = this._shown(cell);
      shown.outputs = [...shown.list];
    }
    return changed;
  }

  /** Return what a cell shows, or null where it has not started. */
  get(cell: string): ICellOutputs | null {
    return this._cells.get(cell) ?? null;
  }

  /** Return the cells that have started. */
  cells(): Iterable<string> {
    return this._cells.keys();
  }

  private _apply(step: string, cell: string, op: OutputOp, changed: Set<string>): void {
    const shown = this._shown(cell);
    switch (op.op) {
      case 'clear':
        shown.clearNext = op.wait;
        if (!op.wait) {
          this._clear(cell, shown);
          changed.add(cell);
        }
        break;
      case 'append':
        this._append(step, cell, op);
        changed.add(cell);
        break;
      case 'update':
        this._update(step, op, changed);
        break;
    }
  }

  private _append(step: string, cell: string, op: OutputOp & { op: 'append' }): void {
    const shown = this._shown(cell);
    if (shown.clearNext) {
      this._clear(cell, shown);
    }
    const id = op.display_id ?? displayId(op.output);
    if (id !== null) {
      this._places(step, id).push({ cell, index: shown.list.length });
    }
    const output = withoutTransient(op.output);
    const last = shown.list.at(-1);
    if (isStream(output) && last !== undefined && isStream(last) && last.name === output.name) {
      shown.list[shown.list.length - 1] = joined(last, output);
    } else {
      shown.list.push(output);
    }
  }

  private _update(step: string, op: OutputOp & { op: 'update' }, changed: Set<string>): void {
    for (const { cell, index } of this._places(step, op.display_id)) {
      const { list } = this._shown(cell);
      const old = list[index];
      if (old !== undefined) {
        // An update changes what is shown, not what kind of output it is.
        list[index] = { ...old, data: op.output.data, metadata: op.output.metadata ?? {} };
        changed.add(cell);
      }
    }
  }

  private _clear(cell: string, shown: Shown): void {
    shown.list = [];
    shown.clearNext = false;
    for (const displays of this._displays.values()) {
      for (const [id, places] of displays) {
        displays.set(
          id,
          places.filter(place => place.cell !== cell)
        );
      }
    }
  }

  private _shown(cell: string): Shown {
    let shown = this._cells.get(cell);
    if (shown === undefined) {
      shown = new Shown();
      this._cells.set(cell, shown);
    }
    return shown;
  }

  private _places(step: string, id: string): IPlace[] {
    const displays = this._displays.get(step) ?? new Map<string, IPlace[]>();
    this._displays.set(step, displays);
    const places = displays.get(id) ?? [];
    displays.set(id, places);
    return places;
  }

  private readonly _cells = new Map<string, Shown>();
  private readonly _displays = new Map<string, Map<string, IPlace[]>>();
}

/** Return the text of a stream output; nbformat also allows a list of lines. */
export function streamText(output: IOutput): string {
  const text = output.text;
  return Array.isArray(text) ? text.join('') : typeof text === 'string' ? text : '';
}

function isStream(output: IOutput): output is IStream {
  return output.output_type === 'stream';
}

function joined(last: IStream, next: IStream): IStream {
  return { ...last, text: capped(overwritten(streamText(last), streamText(next))) };
}

/**
 * Return `text` followed by `more` as a terminal shows it: a `\r` goes back to the line's start.
 *
 * Only the last line can change, so a progress bar costs its own length, not the whole text's.
 */
export function overwritten(text: string, more: string): string {
  if (!more.includes('\r') && !text.endsWith('\r')) {
    return text + more;
  }
  const start = text.lastIndexOf('\n') + 1;
  const lines = (text.slice(start) + more).replaceAll('\r\n', '\n').split('\n');
  return text.slice(0, start) + lines.map(overwriteLine).join('\n');
}

function overwriteLine(line: string): string {
  // A `\r` at the end stays: what comes next overwrites the line.
  const open = line.endsWith('\r') ? '\r' : '';
  const parts = line.split('\r').filter(part => part !== '');
  return parts.reduce((shown, part) => part + shown.slice(part.length), '') + open;
}

function capped(text: string): string {
  if (text.length <= MAX_STREAM) {
    return text;
  }
  const half = MAX_STREAM / 2;
  return `${text.slice(0, half)}\n[... cut: more than ${MAX_STREAM} characters ...]\n${text.slice(-half)}`;
}

function displayId(output: IOutput): string | null {
  const transient = output.transient as { display_id?: unknown } | undefined;
  return typeof transient?.display_id === 'string' ? transient.display_id : null;
}

function withoutTransient(output: IOutput): IOutput {
  const { transient: _, ...kept } = output as IOutput & { transient?: unknown };
  return isStream(kept) ? { ...kept, text: streamText(kept) } : kept;
}
