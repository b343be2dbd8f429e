import type { TranslationBundle } from '@jupyterlab/translation';
import { useState } from 'react';
import type { JSX } from 'react';
import { elapsed } from '../../model/run';
import type { IStepRun } from '../../model/runState';
import { itemsIn, stateCounts } from '../../model/units';
import { stateWord } from '../../words';
import { State } from '../State';

/** How many more items are shown at a time: a list may have a thousand. */
const PAGE = 100;

/** How many items of a step are in which state, drawn as parts of one line. */
export function ItemsLine(props: {
  readonly trans: TranslationBundle;
  readonly step: IStepRun;
}): JSX.Element | null {
  const { trans, step } = props;
  const counts = [...stateCounts(step)];
  if (counts.length === 0) {
    return null;
  }
  const words = counts.map(([state, count]) => `${count} ${stateWord(trans, state)}`).join(', ');
  return (
    <div className="nbprism-ItemsLine" role="img" aria-label={words} title={words}>
      {counts.map(([state, count]) => (
        <i key={state} data-state={state} style={{ flexGrow: count }} />
      ))}
    </div>
  );
}

/** The items of a step one by one: those with trouble first, some at a time. */
export function Items(props: {
  readonly trans: TranslationBundle;
  readonly step: IStepRun;
  /** The time by the driver's clock. */
  readonly now: number;
}): JSX.Element | null {
  const { trans, step, now } = props;
  const [shown, setShown] = useState(PAGE);
  const items = itemsIn(step);
  if (items.length === 0) {
    return null;
  }
  return (
    <details className="nbprism-Items">
      <summary>
        {trans._n('%1 item', '%1 items', step.items ?? items.length)}
        <ItemsLine trans={trans} step={step} />
      </summary>
      <table>
        <tbody>
          {items.slice(0, shown).map(({ name, number, label, unit }) => (
            <tr key={name}>
              <th scope="row" title={name}>
                [{number}]
              </th>
              <td>{label}</td>
              <td>
                <State trans={trans} state={unit.state} durationS={elapsed(unit, now)} />
              </td>
              <td>{[unit.error?.ename, unit.error?.evalue].filter(Boolean).join(': ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {items.length > shown ? (
        <button type="button" className="nbprism-link" onClick={() => setShown(shown + PAGE)}>
          {trans.__('Show more: %1 of %2 are shown', shown, items.length)}
        </button>
      ) : null}
    </details>
  );
}
