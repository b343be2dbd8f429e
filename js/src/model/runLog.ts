/**
 * What a run said, line by line: its steps' text and how they went, in the order it came. In English,
 * as logs are.
 */
import type { IStepError, RunEvent } from './events';
import { streamText } from './outputs';

export interface ILogLine {
  /** Position in the whole log, from 0. */
  readonly number: number;
  /** Seconds since the epoch, by the driver's clock. */
  readonly at: number;
  /** The step, or the unit of one item; null for the run itself. */
  readonly step: string | null;
  readonly text: string;
  /** Whether the run says it, and not the user's code. */
  readonly isOurs: boolean;
}

/** So many lines are kept; of a longer log the executed notebook and the steps have the rest. */
const MOST_LINES = 20_000;
/** Cut as a whole now and then: to move the rest for each line would be quadratic. */
const SLACK = 2_000;

/** Collects lines from events. */
export class RunLog {
  /** The lines that are kept, the oldest first. */
  get lines(): readonly ILogLine[] {
    return this._lines;
  }

  /** How many lines there were before those. */
  get dropped(): number {
    return this._count - this._lines.length;
  }

  apply(events: readonly RunEvent[]): void {
    events.forEach(event => this._apply(event));
    if (this._lines.length > MOST_LINES + SLACK) {
      this._lines = this._lines.slice(-MOST_LINES);
    }
  }

  private _apply(event: RunEvent): void {
    if (event.kind === 'cell-output') {
      for (const op of event.ops) {
        if (op.op === 'append' && op.output.output_type === 'stream') {
          this._write(event.step, event.at, streamText(op.output));
        }
      }
      return;
    }
    const text = said(event);
    if (text !== null) {
      const step = 'step' in event ? event.step : null;
      if (step !== null) {
        this._end(step, event.at);
      }
      this._add({ at: event.at, step, text, isOurs: true });
    }
  }

  /** Text comes in pieces: what has no end yet waits for it. */
  private _write(step: string, at: number, text: string): void {
    const lines = ((this._open.get(step) ?? '') + text).split('\n');
    this._open.set(step, lines.pop() ?? '');
    lines.forEach(line => this._add({ at, step, text: overwritten(line), isOurs: false }));
  }

  private _end(step: string, at: number): void {
    const text = this._open.get(step) ?? '';
    this._open.delete(step);
    if (text !== '') {
      this._add({ at, step, text: overwritten(text), isOurs: false });
    }
  }

  private _add(line: Omit<ILogLine, 'number'>): void {
    this._lines.push({ number: this._count++, ...line });
  }

  private _lines: ILogLine[] = [];
  private readonly _open = new Map<string, string>();
  private _count = 0;
}

/** A `\r` goes back to the beginning of the line: of a progress bar only the last form is kept. */
function overwritten(text: string): string {
  const at = text.trimEnd().lastIndexOf('\r');
  return at === -1 ? text : text.slice(at + 1);
}

/** Return what an event is in a log, or null for those that only views need. */
function said(event: RunEvent): string | null {
  switch (event.kind) {
    case 'run-accepted':
      return `accepted: ${event.steps.length} steps on ${event.cluster}`;
    case 'cluster-starting':
      return 'starting Ray';
    case 'cluster-joined':
      return `joined the cluster: ${event.cpus} CPUs, ${event.gpus} GPUs`;
    case 'step-queued':
      return event.because ? `queued: ${event.because}` : 'queued';
    case 'step-started':
      return event.attempt > 1 ? `started, attempt ${event.attempt}` : 'started';
    case 'step-expanded':
      return `goes over ${event.items} items`;
    case 'step-succeeded':
      return `succeeded after ${event.duration_s.toFixed(1)} s`;
    case 'step-reused':
      return `reused from ${event.from_run}`;
    case 'step-skipped':
      return `skipped: ${event.reason}`;
    case 'step-cancelled':
      return 'cancelled';
    case 'step-failed':
    case 'step-crashed':
      return failure(event.error, event.kind === 'step-failed' ? 'failed' : 'crashed', event);
    case 'run-cancelling':
      return 'asked to stop';
    case 'run-succeeded':
    case 'run-failed':
    case 'run-cancelled':
      return `${event.kind.slice('run-'.length)} after ${event.duration_s.toFixed(1)} s`;
    case 'run-lost':
      return 'lost: the process that led it is gone';
    default:
      return null;
  }
}

function failure(
  { ename, evalue, message, code }: IStepError,
  word: string,
  { will_retry: willRetry }: { readonly will_retry: boolean }
): string {
  const why = [ename, evalue ?? message].filter(Boolean).join(': ') || (code ?? '');
  return `${word}: ${why}${willRetry ? '; it is tried again' : ''}`;
}
