import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { ITable, TableCell } from '../../model/events';

/** The first rows of a frame. Everything in it is text. */
export function Table(props: {
  readonly trans: TranslationBundle;
  readonly table: ITable;
  /** How many rows and columns there are in all, where that is known. */
  readonly shape: readonly number[];
}): JSX.Element {
  const { trans, table, shape } = props;
  const { columns, index, rows } = table;
  const [height = rows.length, width = columns.length] = shape;
  const isCut = height > rows.length || width > columns.length;
  return (
    <div className="nbprism-Table">
      <table>
        <thead>
          <tr>
            {index === null ? null : <td />}
            {columns.map(({ name, dtype }, at) => (
              <th key={at} scope="col" title={dtype}>
                {written(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {index === null ? null : <th scope="row">{written(index[at] ?? null)}</th>}
              {row.map((cell, column) => (
                <td key={column} data-kind={typeof cell}>
                  {written(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {isCut ? (
        <p className="nbprism-faint">
          {trans.__(
            'The first %1 of %2 rows, %3 of %4 columns',
            rows.length,
            height,
            columns.length,
            width
          )}
        </p>
      ) : null}
    </div>
  );
}

function written(cell: TableCell): string {
  return cell === null ? '–' : String(cell);
}
