/**
 * What differs between runs: parameters, metrics, steps, code and outputs.
 */
import type { INotebookContent, IOutput } from '@jupyterlab/nbformat';
import { diffLines } from 'diff';
import type { IRunRow } from './detail';
import { codeOf } from './sources';
import { namesIn } from './sweep';

/** A named value in each of the runs; null where a run has none. */
export interface IComparedValue {
  readonly name: string;
  readonly values: readonly unknown[];
  readonly isSame: boolean;
}

/** A line of a cell that is in both runs, or in one of them. */
export interface IDiffLine {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** A cell in the first and in another run. */
export interface IComparedCell {
  readonly cell: string;
  readonly lines: readonly IDiffLine[];
  readonly isSame: boolean;
}

/** Return the values of all runs by name, those that differ first. */
export function compareValues(
  all: readonly Readonly<Record<string, unknown>>[]
): readonly IComparedValue[] {
  return namesIn(all).map(name => {
    const values = all.map(value => value[name] ?? null);
    return { name, values, isSame: new Set(values.map(value => JSON.stringify(value))).size === 1 };
  });
}

/** Return the state and time of each step in each run. */
export function compareSteps(rows: readonly IRunRow[]): readonly IComparedValue[] {
  return compareValues(rows.map(row => row.steps));
}

/** Return the code cells of two notebooks, with what is different in each; moved cells are not. */
export function compareCode(
  before: INotebookContent,
  after: INotebookContent
): readonly IComparedCell[] {
  const [old, now] = [codeOf(before), codeOf(after)];
  return [...new Set([...now.keys(), ...old.keys()])].map(cell => {
    const [a, b] = [old.get(cell) ?? '', now.get(cell) ?? ''];
    return { cell, lines: a === b ? [] : linesOf(a, b), isSame: a === b };
  });
}

/** Return what the code cells of an executed notebook show, by id. */
export function outputsIn(executed: INotebookContent): ReadonlyMap<string, readonly IOutput[]> {
  const code = executed.cells.filter(cell => cell.cell_type === 'code');
  return new Map(code.map(cell => [cell.id as string, (cell.outputs ?? []) as IOutput[]]));
}

/** Return the ids of the cells that show something in at least one of the runs, in order. */
export function cellsWithOutputs(
  all: readonly ReadonlyMap<string, readonly IOutput[]>[]
): readonly string[] {
  const cells = new Set(all.flatMap(outputs => [...outputs.keys()]));
  return [...cells].filter(cell => all.some(outputs => (outputs.get(cell)?.length ?? 0) > 0));
}

/** Tell whether a cell shows the same in all runs. */
export function showsSame(
  all: readonly ReadonlyMap<string, readonly IOutput[]>[],
  cell: string
): boolean {
  const shown = all.map(outputs =>
    JSON.stringify((outputs.get(cell) ?? []).map(({ execution_count: _, ...rest }) => rest))
  );
  return new Set(shown).size === 1;
}

function linesOf(before: string, after: string): readonly IDiffLine[] {
  return diffLines(`${before}\n`, `${after}\n`).flatMap(({ value, added, removed }) => {
    const mark = added ? '+' : removed ? '-' : ' ';
    return value
      .replace(/\n$/, '')
      .split('\n')
      .map((text): IDiffLine => ({ mark, text }));
  });
}
