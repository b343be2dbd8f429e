import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { IChangedInput, IRunState } from '../model/runState';
import { isOver } from '../model/run';
import { metric } from '../model/words';
import type { IPanelActions } from './actions';
import { Prose } from './Prose';
import { State } from './State';

export interface ILastRunProps {
  readonly trans: TranslationBundle;
  readonly run: IRunState;
  /** The time by the driver's clock. */
  readonly now: number;
  /** How many cells do not show what the run has for them. */
  readonly offered: number;
  readonly actions: IPanelActions;
}

/** How the last run went: state, metrics, the way to its results. */
export function LastRun({ trans, run, now, offered, actions }: ILastRunProps): JSX.Element {
  const metrics = Object.entries(run.metrics);
  return (
    <div className="nbprism-LastRun">
      <div className="nbprism-LastRun-head">
        <State trans={trans} state={run.state} durationS={elapsed(run, now)} />
        <Time seconds={run.acceptedAt} now={now} />
      </div>
      <RunError trans={trans} run={run} actions={actions} />
      {run.warnings.map(warning => (
        <p key={`${warning.step} ${warning.name}`} className="nbprism-LastRun-warning">
          {changedInput(trans, warning)}
        </p>
      ))}
      {metrics.length === 0 ? null : (
        <table className="nbprism-Metrics">
          <caption className="nbprism-visuallyHidden">{trans.__('Metrics')}</caption>
          <tbody>
            {metrics.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td title={String(value)}>{metric(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {offered === 0 ? null : (
        <button type="button" className="nbprism-link" onClick={() => actions.showOutputs()}>
          {trans._n('Show its output in %1 cell', 'Show its outputs in %1 cells', offered)}
        </button>
      )}
      <button type="button" className="nbprism-link" onClick={() => actions.openRun(run.run)}>
        {trans.__('Open the run view')}
      </button>
      <button type="button" className="nbprism-link" onClick={() => actions.openHistory()}>
        {trans.__('History of runs')}
      </button>
      {run.executed === null ? null : (
        <button
          type="button"
          className="nbprism-link"
          onClick={() => actions.openExecuted(run.run)}
        >
          {trans.__('Open the executed notebook')}
        </button>
      )}
      <div className="nbprism-faint nbprism-LastRun-id">{run.run}</div>
    </div>
  );
}

function RunError({
  trans,
  run,
  actions
}: Pick<ILastRunProps, 'trans' | 'run' | 'actions'>): JSX.Element | null {
  if (run.state === 'lost') {
    return (
      <p className="nbprism-LastRun-error">
        {trans.__('The process that led this run is gone. Run again.')}
      </p>
    );
  }
  const { error } = run;
  if (error === null || !isOver(run.state)) {
    return null;
  }
  const { cell = null, line = null } = error;
  const sentence = [error.ename, error.evalue ?? error.message].filter(Boolean).join(': ');
  return (
    <div className="nbprism-LastRun-error" role="alert">
      <div>{sentence || error.code}</div>
      {error.hint ? (
        <div className="nbprism-Problem-hint">
          <Prose text={error.hint} />
        </div>
      ) : null}
      {cell === null ? null : (
        <button type="button" className="nbprism-link" onClick={() => actions.reveal(cell, line)}>
          {trans.__('Go to the failed cell')}
        </button>
      )}
    </div>
  );
}

function changedInput(trans: TranslationBundle, { step, name, takers }: IChangedInput): string {
  return trans.__(
    'Step "%1" changed %2 in place, which nobody foresaw: %3 had to wait for that, or to run again. Assign it anew there, as in "%2 = %2", so that the order is known beforehand.',
    step,
    name,
    takers.join(', ')
  );
}

function elapsed({ durationS, acceptedAt, state }: IRunState, now: number): number | null {
  return durationS ?? (isOver(state) || acceptedAt === null ? null : Math.max(0, now - acceptedAt));
}

/** A moment: the time of day, and the date where it is not today's. */
function Time(props: {
  readonly seconds: number | null;
  readonly now: number;
}): JSX.Element | null {
  if (props.seconds === null) {
    return null;
  }
  const moment = new Date(props.seconds * 1000);
  const isToday = moment.toDateString() === new Date(props.now * 1000).toDateString();
  return (
    <time className="nbprism-faint" dateTime={moment.toISOString()} title={moment.toLocaleString()}>
      {isToday
        ? moment.toLocaleTimeString([], { timeStyle: 'short' })
        : moment.toLocaleDateString([], { dateStyle: 'medium' })}
    </time>
  );
}
