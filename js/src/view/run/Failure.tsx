import type { TranslationBundle } from '@jupyterlab/translation';
import { useMemo } from 'react';
import type { JSX } from 'react';
import { failureOf } from '../../model/failure';
import type { IResultView } from './shown';
import { Code } from './Code';
import { Outputs } from './Outputs';
import { Values } from './Values';
import type { IResultActions } from './actions';
import { Prose } from '../Prose';

/** Why a run failed: the cell, the line, the traceback, and what the step worked on. */
export function Failure(props: {
  readonly trans: TranslationBundle;
  readonly view: IResultView;
  readonly actions: IResultActions;
}): JSX.Element | null {
  const { trans, view, actions } = props;
  const { run, units, notebook, row, log } = view;
  const told = row?.error ?? null;
  const failure = useMemo(
    () => failureOf(run, units, notebook, told),
    [run, units, notebook, told]
  );
  if (failure === null) {
    return null;
  }
  const { step, error, source, inputs, sources, traceback, canResume } = failure;
  const { cell = null, line = null } = error;
  return (
    <section className="nbprism-Failure" role="alert">
      <h3>
        {step === null ? trans.__('The run failed') : trans.__('Step %1 failed', step)}
        {line === null ? '' : trans.__(', line %1', line)}
      </h3>
      <p className="nbprism-Failure-what">
        {[error.ename, error.evalue ?? error.message].filter(Boolean).join(': ') || error.code}
      </p>
      {error.hint ? (
        <p>
          <Prose text={error.hint} />
        </p>
      ) : null}
      <div className="nbprism-buttons">
        {cell === null ? null : (
          <button
            type="button"
            className="jp-mod-styled"
            onClick={() => actions.reveal(cell, line)}
          >
            {trans.__('Go to the failed cell')}
          </button>
        )}
        {step === null ? null : (
          <button
            type="button"
            className="jp-mod-styled"
            disabled={view.said?.state === 'asking'}
            title={trans.__(
              "The notebook's kernel gets the values the step worked on, and the imports and functions it lacks"
            )}
            onClick={() => actions.loadInputs(step)}
          >
            {trans.__("Load this step's inputs into my kernel")}
          </button>
        )}
        {canResume ? (
          <button
            type="button"
            className="jp-mod-styled"
            disabled={view.isBusy}
            title={trans.__(
              'The steps that succeeded are taken over; the others run again as submitted'
            )}
            onClick={() => actions.resume()}
          >
            {trans.__('Resume from here')}
          </button>
        ) : null}
      </div>
      {source === null ? null : <Code source={source} line={line} />}
      {traceback.length === 0 ? null : (
        <details>
          <summary>{trans.__('Traceback')}</summary>
          <Outputs outputs={traceback} mount={actions.mount} />
        </details>
      )}
      {cell !== null ? null : log === null ? (
        <button type="button" className="nbprism-link" onClick={() => actions.readLog()}>
          {trans.__("Show the driver's last words")}
        </button>
      ) : (
        <pre className="nbprism-CodeLines">{log || trans.__('It said nothing.')}</pre>
      )}
      <Values
        trans={trans}
        title={trans.__('It worked on')}
        artifacts={inputs}
        mount={actions.mount}
        onLoad={name => actions.loadValue(sources[name] ?? '', name)}
      />
    </section>
  );
}
