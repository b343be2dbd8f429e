import type { TranslationBundle } from '@jupyterlab/translation';
import { useMemo, useState } from 'react';
import type { JSX } from 'react';
import {
  cellsWithOutputs,
  compareCode,
  compareValues,
  outputsIn,
  showsSame
} from '../../model/comparison';
import type { IComparedCell, IComparedValue } from '../../model/comparison';
import type { Problem } from '../../model/problem';
import type { IComparedRun, IRunName } from '../../model/runComparison';
import { metric } from '../../model/words';
import type { Mount } from '../run/actions';
import { Outputs } from '../run/Outputs';
import { State } from '../State';

export interface ICompareViewProps {
  readonly trans: TranslationBundle;
  readonly runs: readonly IComparedRun[];
  readonly problem: Problem | null;
  readonly mount: Mount;
  onOpen(name: IRunName): void;
}

/** Runs side by side: parameters, metrics, steps, code and outputs. */
export function CompareView(props: ICompareViewProps): JSX.Element {
  const { trans, runs, problem } = props;
  if (problem !== null) {
    return (
      <div className="nbprism-Trouble" role="alert">
        <p>{problem.message}</p>
      </div>
    );
  }
  if (runs.length === 0) {
    return <p className="nbprism-faint">{trans.__('Loading…')}</p>;
  }
  const rows = runs.map(run => run.row);
  return (
    <div className="nbprism-Compare">
      <h2>{trans.__('%1 runs side by side', runs.length)}</h2>
      <table className="nbprism-Runs">
        <Head {...props} />
        <Values title={trans.__('Metrics')} values={compareValues(rows.map(row => row.metrics))} />
        <Values
          title={trans.__('Parameters')}
          values={compareValues(rows.map(row => row.parameters))}
        />
        <Steps {...props} />
      </table>
      <CodeDifferences {...props} />
      <ComparedOutputs {...props} />
    </div>
  );
}

function Head({ trans, runs, onOpen }: ICompareViewProps): JSX.Element {
  return (
    <thead>
      <tr>
        <th />
        {runs.map(({ name, row }) => (
          <th key={name.run} scope="col">
            <button type="button" className="nbprism-link" onClick={() => onOpen(name)}>
              {new Date(row.created_at * 1000).toLocaleString([], {
                dateStyle: 'medium',
                timeStyle: 'medium'
              })}
            </button>
            <State trans={trans} state={row.state} durationS={row.duration_s} />
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Values(props: {
  readonly title: string;
  readonly values: readonly IComparedValue[];
}): JSX.Element | null {
  if (props.values.length === 0) {
    return null;
  }
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={9}>
          {props.title}
        </th>
      </tr>
      {props.values.map(({ name, values, isSame }) => (
        <tr key={name} data-same={isSame}>
          <th scope="row">{name}</th>
          {values.map((value, index) => (
            <td key={index}>{worded(value)}</td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function Steps({ trans, runs }: ICompareViewProps): JSX.Element {
  const names = [...new Set(runs.flatMap(run => Object.keys(run.row.steps)))];
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={9}>
          {trans.__('Steps')}
        </th>
      </tr>
      {names.map(name => (
        <tr key={name}>
          <th scope="row">{name}</th>
          {runs.map(({ name: of, row }) => {
            const step = row.steps[name];
            return (
              <td key={of.run}>
                {step === undefined ? (
                  '–'
                ) : (
                  <State trans={trans} state={step.state} durationS={step.duration_s ?? null} />
                )}
              </td>
            );
          })}
        </tr>
      ))}
    </tbody>
  );
}

/** The code of the first run beside that of another, cells that are the same left out. */
function CodeDifferences({ trans, runs }: ICompareViewProps): JSX.Element | null {
  const [other, setOther] = useState(1);
  const [first, second] = [runs[0]?.notebook ?? null, runs[other]?.notebook ?? null];
  const cells = useMemo(
    () => (first === null || second === null ? [] : compareCode(first, second)),
    [first, second]
  );
  const changed = cells.filter(cell => !cell.isSame);
  return (
    <section>
      <h3>{trans.__('Code')}</h3>
      {runs.length > 2 ? (
        <label>
          {trans.__('The first run and')}{' '}
          <select value={other} onChange={event => setOther(Number(event.target.value))}>
            {runs.slice(1).map(({ name }, index) => (
              <option key={name.run} value={index + 1}>
                {name.run}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {changed.length === 0 ? (
        <p className="nbprism-faint">{trans.__('The code is the same.')}</p>
      ) : (
        changed.map(cell => <Diff key={cell.cell} cell={cell} />)
      )}
    </section>
  );
}

function Diff({ cell }: { readonly cell: IComparedCell }): JSX.Element {
  return (
    <pre className="nbprism-CodeLines nbprism-Diff">
      {cell.lines.map(({ mark, text }, index) => (
        <span key={index} data-mark={mark}>
          {`${mark} ${text}\n`}
        </span>
      ))}
    </pre>
  );
}

function ComparedOutputs({ trans, runs, mount }: ICompareViewProps): JSX.Element {
  const [all, setAll] = useState(false);
  const shown = useMemo(
    () =>
      runs.map(({ executed }) =>
        executed === null ? new Map<string, never[]>() : outputsIn(executed)
      ),
    [runs]
  );
  const cells = cellsWithOutputs(shown).filter(cell => all || !showsSame(shown, cell));
  return (
    <section>
      <h3>{trans.__('Outputs')}</h3>
      <label>
        <input type="checkbox" checked={all} onChange={event => setAll(event.target.checked)} />{' '}
        {trans.__('Also those that are the same')}
      </label>
      {cells.length === 0 ? (
        <p className="nbprism-faint">{trans.__('The cells show the same.')}</p>
      ) : null}
      {cells.map(cell => (
        <div
          key={cell}
          className="nbprism-SideBySide"
          style={{ gridTemplateColumns: `repeat(${runs.length}, minmax(220px, 1fr))` }}
        >
          {shown.map((outputs, index) => (
            <Outputs key={runs[index]?.name.run} outputs={outputs.get(cell) ?? []} mount={mount} />
          ))}
        </div>
      ))}
    </section>
  );
}

function worded(value: unknown): string {
  if (value === null || value === undefined) {
    return '–';
  }
  return typeof value === 'object' ? JSON.stringify(value) : metric(value as string);
}
