/**
 * Sweeps: runs that differ in their parameters and belong together.
 */
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import type { IRunRow } from './detail';
import { isOver } from './run';
import type { RunStateName } from './runState';

/** A line of the history: a run, or a sweep with its runs. */
export type HistoryLine =
  | { readonly kind: 'run'; readonly id: string; readonly row: IRunRow }
  | {
      readonly kind: 'sweep';
      readonly id: string;
      readonly rows: readonly IRunRow[];
      readonly points: readonly HistoryLine[];
    };

/** Return the lines of the history, each sweep where its newest run stands. */
export function linesOf(rows: readonly IRunRow[]): readonly HistoryLine[] {
  const seen = new Set<string>();
  return rows.flatMap((row): HistoryLine[] => {
    const { sweep } = row;
    if (sweep === null) {
      return [{ kind: 'run', id: row.run, row }];
    }
    if (seen.has(sweep)) {
      return [];
    }
    seen.add(sweep);
    const points = rows.filter(other => other.sweep === sweep);
    const lines = points.map((point): HistoryLine => ({ kind: 'run', id: point.run, row: point }));
    return [{ kind: 'sweep', id: sweep, rows: points, points: lines }];
  });
}

/** Return the runs of a line. */
export function rowsOf(line: HistoryLine): readonly IRunRow[] {
  return line.kind === 'run' ? [line.row] : line.rows;
}

/** Return how a sweep goes: it is over when all its runs are. */
export function sweepState(rows: readonly IRunRow[]): RunStateName {
  const states = rows.map(row => row.state);
  const [open] = states.filter(state => !isOver(state));
  return (
    open ??
    (['lost', 'failed', 'cancelled'] as const).find(state => states.includes(state)) ??
    'succeeded'
  );
}

/** Return the names among the values of all runs, those whose values differ first. */
export function namesIn(values: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  const names = [...new Set(values.flatMap(Object.keys))];
  const differs = (name: string): boolean =>
    new Set(values.map(value => JSON.stringify(value[name]))).size > 1;
  return [...names.filter(differs), ...names.filter(name => !differs(name))];
}

/** Return the names of the parameters that the runs of a sweep do not share. */
export function swept(rows: readonly IRunRow[]): readonly string[] {
  return namesIn(rows.map(row => row.parameters)).filter(
    name => new Set(rows.map(row => JSON.stringify(row.parameters[name]))).size > 1
  );
}

/** Return the names of the metrics that are numbers. */
export function numericMetrics(rows: readonly IRunRow[]): readonly string[] {
  return namesIn(rows.map(row => row.metrics)).filter(name =>
    rows.some(row => typeof row.metrics[name] === 'number')
  );
}

/** Return a Vega-Lite drawing of a metric over a parameter, other parameters by colour. */
export function plotOf(
  rows: readonly IRunRow[],
  parameter: string,
  measured: string
): JSONObject | null {
  const [colour] = swept(rows).filter(name => name !== parameter);
  const values = rows
    .filter(row => typeof row.metrics[measured] === 'number')
    .map(row => ({
      x: row.parameters[parameter] ?? null,
      y: row.metrics[measured] ?? null,
      colour: colour === undefined ? null : text(row.parameters[colour]),
      run: row.run
    }));
  if (values.length === 0) {
    return null;
  }
  const isNumber = values.every(value => typeof value.x === 'number');
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width: 420,
    height: 220,
    data: { values: values as unknown as JSONValue },
    mark: { type: 'line', point: { filled: true, size: 60 } },
    encoding: {
      x: { field: 'x', type: isNumber ? 'quantitative' : 'nominal', title: parameter },
      y: { field: 'y', type: 'quantitative', title: measured, scale: { zero: false } },
      ...(colour === undefined
        ? {}
        : { color: { field: 'colour', type: 'nominal' as const, title: colour } }),
      tooltip: ['x', 'y', 'run'].map(field => ({ field }))
    }
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
