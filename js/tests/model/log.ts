/**
 * Logs for tests: events with numbers and times, written as short as they can be.
 */
import type { OutputOp, RunEvent } from '../../src/model/events';

type Body<K> = K extends RunEvent ? Omit<K, 'seq' | 'at'> : never;

export type EventBody = Body<RunEvent>;

/** Number the events from 1 (or `first`), a second apart. */
export function log(bodies: readonly EventBody[], first = 1): readonly RunEvent[] {
  return bodies.map((body, index) => ({ seq: first + index, at: 100 + first + index, ...body }));
}

export function accepted(...steps: string[]): EventBody {
  return {
    kind: 'run-accepted',
    run: 'r1',
    pipeline: 'demo',
    notebook: 'demo.ipynb',
    steps,
    parameters: {},
    cluster: 'local'
  };
}

export function started(step: string, attempt = 1): EventBody {
  return { kind: 'step-started', step, attempt, pid: 7 };
}

export function cellStarted(step: string, cell: string): EventBody {
  return { kind: 'cell-started', step, attempt: 1, cell };
}

export function cellEnded(step: string, cell: string, ok = true): EventBody {
  return {
    kind: 'cell-ended',
    step,
    attempt: 1,
    cell,
    ok,
    execution_count: 3,
    duration_s: 0.5
  };
}

export function output(step: string, cell: string, ...ops: OutputOp[]): EventBody {
  return { kind: 'cell-output', step, attempt: 1, cell, ops };
}

export function stream(text: string, name: 'stdout' | 'stderr' = 'stdout'): OutputOp {
  return { op: 'append', output: { output_type: 'stream', name, text } };
}

export function display(text: string, id?: string): OutputOp {
  const shown = { output_type: 'display_data', data: { 'text/plain': text }, metadata: {} };
  return {
    op: 'append',
    output: id === undefined ? shown : { ...shown, transient: { display_id: id } }
  };
}

export function succeeded(step: string, metrics: Record<string, number> = {}): EventBody {
  return { kind: 'step-succeeded', step, attempt: 1, duration_s: 1.5, outputs: [], metrics };
}

export function failed(step: string, willRetry = false): EventBody {
  return {
    kind: 'step-failed',
    step,
    attempt: 1,
    duration_s: 1,
    error: { code: 'cell-failed', ename: 'ValueError', evalue: 'no' },
    will_retry: willRetry
  };
}

export function runSucceeded(): EventBody {
  return { kind: 'run-succeeded', duration_s: 9, metrics: { acc: 0.9 }, executed: '/x.ipynb' };
}
