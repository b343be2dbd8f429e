import {
  createColumnHelper,
  createExpandedRowModel,
  createSortedRowModel,
  rowExpandingFeature,
  rowSortingFeature,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
  useTable
} from '@tanstack/react-table';
import type { Column, Row } from '@tanstack/react-table';
import { Fragment, useMemo } from 'react';
import type { JSX } from 'react';
import { linesOf, namesIn, rowsOf, sweepState, swept } from '../../model/sweep';
import type { HistoryLine } from '../../model/sweep';
import type { RunStateName } from '../../model/runState';
import { duration, metric } from '../../model/words';
import { State } from '../State';
import { Sweep } from './Sweep';
import type { IHistoryViewProps } from './shown';

const features = tableFeatures({
  rowSortingFeature,
  rowExpandingFeature,
  sortedRowModel: createSortedRowModel(),
  expandedRowModel: createExpandedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic }
});
type Features = typeof features;
const helper = createColumnHelper<Features, HistoryLine>();
const NOTHING: readonly HistoryLine[] = [];

/** The runs, a line each; a click on a column's name sorts. */
export function RunsTable(props: IHistoryViewProps): JSX.Element {
  const { trans, view } = props;
  const { rows, isOfAll } = view;
  const data = useMemo(() => [...linesOf(rows)], [rows]);
  const columns = useMemo(() => columnsOf(props), [trans, rows, isOfAll]); // eslint-disable-line react-hooks/exhaustive-deps
  const table = useTable({
    features,
    columns,
    data,
    getRowId: line => line.id,
    getSubRows: line => [...(line.kind === 'sweep' ? line.points : NOTHING)],
    enableSortingRemoval: true
  });
  return (
    <table className="nbprism-Runs">
      <thead>
        {table.getHeaderGroups().map(group => (
          <tr key={group.id}>
            <th>
              <span className="nbprism-visuallyHidden">{trans.__('Chosen')}</span>
            </th>
            {group.headers.map(header => (
              <th key={header.id} scope="col" aria-sort={ariaSort(header.column)}>
                <button type="button" onClick={header.column.getToggleSortingHandler()}>
                  <table.FlexRender header={header} />
                </button>
              </th>
            ))}
          </tr>
        ))}
      </thead>
      <tbody>
        {table.getRowModel().rows.map(row => (
          <Fragment key={row.id}>
            <Line {...props} row={row} />
            {row.original.kind === 'sweep' && row.getIsExpanded() ? (
              <tr>
                <td colSpan={columns.length + 1}>
                  <Sweep trans={trans} rows={row.original.rows} mount={props.actions.mount} />
                </td>
              </tr>
            ) : null}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function Line(
  props: IHistoryViewProps & { readonly row: Row<Features, HistoryLine> }
): JSX.Element {
  const { trans, view, actions, row } = props;
  const runs = rowsOf(row.original).map(item => item.run);
  const chosen = new Set(view.chosen.map(item => item.run));
  return (
    <tr data-depth={row.depth}>
      <td>
        <input
          type="checkbox"
          aria-label={trans.__('Choose %1', row.id)}
          checked={runs.every(run => chosen.has(run))}
          onChange={event => actions.choose(runs, event.target.checked)}
        />
      </td>
      {row.getAllCells().map(cell => (
        <td key={cell.id}>
          {cell.column.id === 'when' ? (
            <Name {...props} />
          ) : cell.column.id === 'state' ? (
            <State trans={trans} state={cell.getValue() as RunStateName} />
          ) : (
            shown(cell.column.id, cell.getValue())
          )}
        </td>
      ))}
    </tr>
  );
}

/** When a run was, which leads to it; a sweep opens instead. */
function Name(
  props: IHistoryViewProps & { readonly row: Row<Features, HistoryLine> }
): JSX.Element {
  const { trans, actions, row } = props;
  const line = row.original;
  if (line.kind === 'sweep') {
    return (
      <>
        <button
          type="button"
          className="nbprism-link"
          aria-expanded={row.getIsExpanded()}
          onClick={() => row.toggleExpanded()}
        >
          {row.getIsExpanded() ? '▾' : '▸'}{' '}
          {trans.__('Sweep of %1, %2 runs', swept(line.rows).join(', '), line.rows.length)}
        </button>
        <div className="nbprism-faint">{when(row.getValue('when'))}</div>
      </>
    );
  }
  const { row: run } = line;
  return (
    <>
      <button
        type="button"
        className="nbprism-link"
        title={run.run}
        onClick={() => actions.open(run)}
      >
        {when(run.created_at)}
      </button>
      <button
        type="button"
        className="nbprism-Runs-pin"
        aria-pressed={run.pinned}
        aria-label={run.pinned ? trans.__('Unpin %1', run.run) : trans.__('Pin %1', run.run)}
        title={run.pinned ? trans.__('Pinned: it cannot be deleted') : trans.__('Pin')}
        onClick={() => actions.pin(run, !run.pinned)}
      >
        {run.pinned ? '★' : '☆'}
      </button>
    </>
  );
}

function when(at: number): string {
  return new Date(at * 1000).toLocaleString([], { dateStyle: 'medium', timeStyle: 'medium' });
}

function columnsOf({ trans, view }: IHistoryViewProps) {
  const parameters = namesIn(view.rows.map(row => row.parameters));
  const metrics = namesIn(view.rows.map(row => row.metrics));
  const first = <T,>(line: HistoryLine, read: (row: ReturnType<typeof rowsOf>[number]) => T) => {
    const [row] = rowsOf(line);
    return line.kind === 'sweep' || row === undefined ? undefined : read(row);
  };
  return helper.columns([
    helper.accessor(line => rowsOf(line)[0]?.created_at ?? 0, {
      id: 'when',
      header: trans.__('When'),
      sortFn: 'basic'
    }),
    helper.accessor(line => sweepState(rowsOf(line)), { id: 'state', header: trans.__('State') }),
    helper.accessor(line => first(line, row => row.duration_s ?? undefined), {
      id: 'duration',
      header: trans.__('Took'),
      sortUndefined: 'last',
      sortFn: 'basic'
    }),
    ...(view.isOfAll
      ? [
          helper.accessor(line => rowsOf(line)[0]?.path ?? '', {
            id: 'notebook',
            header: trans.__('Notebook')
          })
        ]
      : []),
    ...metrics.map(name =>
      helper.accessor(line => first(line, row => row.metrics[name]), {
        id: `metric ${name}`,
        header: name,
        sortUndefined: 'last' as const
      })
    ),
    ...parameters.map(name =>
      helper.accessor(line => first(line, row => row.parameters[name]), {
        id: `parameter ${name}`,
        header: `${name} =`,
        sortUndefined: 'last' as const
      })
    )
  ]);
}

function shown(column: string, value: unknown): string {
  if (value === undefined || value === null) {
    return '';
  }
  if (column === 'duration') {
    return duration(value as number);
  }
  return typeof value === 'object' ? JSON.stringify(value) : metric(value as string);
}

function ariaSort(column: Column<Features, HistoryLine>): 'ascending' | 'descending' | 'none' {
  const sorted = column.getIsSorted();
  return sorted === false ? 'none' : sorted === 'asc' ? 'ascending' : 'descending';
}
