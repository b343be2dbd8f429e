import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { RunStateName, StepStateName } from '../model/runState';
import { duration } from '../model/words';
import { stateWord } from '../words';

export interface IStateProps {
  readonly trans: TranslationBundle;
  readonly state: StepStateName | RunStateName;
  readonly durationS?: number | null;
}

/** The sign of a state, its word, and how long it took. */
export function State({ trans, state, durationS = null }: IStateProps): JSX.Element {
  const time = durationS === null ? '' : duration(durationS);
  return (
    <span className="nbprism-State" data-state={state}>
      <span className="nbprism-State-sign" aria-hidden="true" />
      <span>{stateWord(trans, state)}</span>
      {time === '' ? null : <span className="nbprism-State-time">{time}</span>}
    </span>
  );
}
