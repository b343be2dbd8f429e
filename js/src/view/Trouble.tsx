import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { Problem } from '../model/problem';
import type { IPanelActions } from './actions';

export interface ITroubleProps {
  readonly trans: TranslationBundle;
  readonly problem: Problem;
  readonly canDismiss: boolean;
  readonly actions: IPanelActions;
}

/** Something could not be done: what, and what to do. */
export function Trouble({ trans, problem, canDismiss, actions }: ITroubleProps): JSX.Element {
  return (
    <div className="nbprism-Trouble" role="alert">
      <p>{problem.message}</p>
      <Advice trans={trans} problem={problem} />
      <div className="nbprism-Trouble-buttons">
        <button type="button" className="nbprism-link" onClick={() => actions.retry()}>
          {trans.__('Try again')}
        </button>
        {canDismiss ? (
          <button type="button" className="nbprism-link" onClick={() => actions.dismiss()}>
            {trans.__('Dismiss')}
          </button>
        ) : null}
      </div>
    </div>
  );
}

function Advice({ trans, problem }: Pick<ITroubleProps, 'trans' | 'problem'>): JSX.Element | null {
  switch (problem.code) {
    case 'server-missing':
      return (
        <p>
          {trans.__('In the environment of the Jupyter server, run')}
          <code className="nbprism-code">jupyter server extension enable nbprism</code>
          {trans.__('and start Jupyter again.')}
        </p>
      );
    case 'unreachable':
      return <p>{trans.__('Runs go on without it. Check that Jupyter is still running.')}</p>;
    default:
      return null;
  }
}
