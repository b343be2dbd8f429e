import type { TranslationBundle } from '@jupyterlab/translation';
import { useMemo, useState } from 'react';
import type { JSX } from 'react';
import type { IRunRow } from '../../model/detail';
import { numericMetrics, plotOf, swept } from '../../model/sweep';
import type { Mount } from '../run/actions';
import { Outputs } from '../run/Outputs';

export interface ISweepProps {
  readonly trans: TranslationBundle;
  readonly rows: readonly IRunRow[];
  readonly mount: Mount;
}

/** The runs of a sweep as a plot: a metric over a parameter. */
export function Sweep({ trans, rows, mount }: ISweepProps): JSX.Element {
  const parameters = swept(rows);
  const metrics = numericMetrics(rows);
  const [parameter, setParameter] = useState(parameters[0] ?? '');
  const [measured, setMeasured] = useState(metrics[0] ?? '');
  const plot = useMemo(() => plotOf(rows, parameter, measured), [rows, parameter, measured]);
  const outputs = useMemo(
    () =>
      plot === null
        ? []
        : [
            {
              output_type: 'display_data' as const,
              data: { 'application/vnd.vegalite.v5+json': plot },
              metadata: {}
            }
          ],
    [plot]
  );
  return (
    <div className="nbprism-Sweep">
      <label>
        {trans.__('Metric')}
        <Choice names={metrics} value={measured} onChoose={setMeasured} />
      </label>
      <label>
        {trans.__('over')}
        <Choice names={parameters} value={parameter} onChoose={setParameter} />
      </label>
      {plot === null ? (
        <p className="nbprism-faint">{trans.__('No run of the sweep has a number to draw yet.')}</p>
      ) : (
        <Outputs outputs={outputs} mount={mount} />
      )}
    </div>
  );
}

function Choice(props: {
  readonly names: readonly string[];
  readonly value: string;
  onChoose(name: string): void;
}): JSX.Element {
  return (
    <select value={props.value} onChange={event => props.onChoose(event.target.value)}>
      {props.names.map(name => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}
