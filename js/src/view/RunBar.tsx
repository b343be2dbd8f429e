import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { FeedState } from '../model/feed';
import type { IForecast } from '../model/forecast';
import type { IPipeline } from '../model/pipeline';
import { canRun } from '../model/pipeline';
import type { IRunState } from '../model/runState';
import { isOver } from '../model/run';
import type { Busy } from '../model/runs';
import { stateWord } from '../words';
import type { IPanelActions } from './actions';
import { ClusterPicker } from './ClusterPicker';
import type { IClusterView } from './ClusterPicker';
import { Forecast } from './Forecast';
import { Prose } from './Prose';
import type { IEditedStep } from './Steps';

export interface IRunBarProps {
  readonly trans: TranslationBundle;
  readonly pipeline: IPipeline | null;
  readonly run: IRunState | null;
  readonly feed: FeedState | null;
  readonly busy: Busy;
  /** What a run would do now; null where it is not known. */
  readonly forecast: IForecast | null;
  /** Where the next run goes. */
  readonly cluster: IClusterView;
  /** The step whose settings are open, or null. */
  readonly editing: Pick<IEditedStep, 'step'> | null;
  /** Parameters whose text is not a value. */
  readonly wrong: readonly string[];
  /** How many runs the parameters ask for. */
  readonly points: number;
  /** Whether something else in the panel says why there is no pipeline. */
  readonly hasProblem: boolean;
  readonly actions: IPanelActions;
}

/** The Run button, or Cancel, and what is going on. */
export function RunBar(props: IRunBarProps): JSX.Element {
  const { trans, pipeline, run, busy, forecast, actions } = props;
  const isRunning = busy === 'submitting' || (run !== null && !isOver(run.state));
  const isStopping = busy === 'cancelling' || run?.state === 'cancelling';
  return (
    <div className="nbprism-RunBar">
      {isRunning ? (
        <button
          type="button"
          className="jp-mod-styled jp-mod-warn"
          disabled={busy !== null || isStopping}
          onClick={() => actions.cancel()}
        >
          {isStopping ? trans.__('Cancelling…') : trans.__('Cancel')}
        </button>
      ) : (
        <button
          type="button"
          className="jp-mod-styled jp-mod-accept"
          disabled={pipeline === null || !canRun(pipeline) || props.wrong.length > 0}
          onClick={() => actions.run()}
        >
          {trans.__('Run')}
        </button>
      )}
      <span className="nbprism-RunBar-status" role="status">
        {status(props)}
      </span>
      {props.hasProblem && props.cluster.name === null ? null : (
        <ClusterPicker
          trans={trans}
          isRunning={isRunning}
          cluster={props.cluster}
          actions={actions}
        />
      )}
      <div className="nbprism-RunBar-outlook">
        {isRunning && run !== null ? <Progress trans={trans} run={run} /> : null}
        {isRunning || forecast === null ? null : (
          <>
            <Misfits forecast={forecast} editing={props.editing?.step ?? null} />
            {/* With a misfit the run would be refused, whatever could be reused. */}
            {forecast.misfits.length > 0 ? null : <Forecast trans={trans} forecast={forecast} />}
          </>
        )}
      </div>
    </div>
  );
}

interface IMisfitsProps {
  readonly forecast: IForecast;
  /** The step whose form says it beside the setting. */
  readonly editing: string | null;
}

/** What can never run where it is to run. */
function Misfits({ forecast, editing }: IMisfitsProps): JSX.Element | null {
  const misfits = forecast.misfits.filter(({ step }) => step !== editing);
  return misfits.length === 0 ? null : (
    <div className="nbprism-Misfits" role="alert">
      {misfits.map(({ step, message }) => (
        <p key={step + message}>
          <Prose text={message} />
        </p>
      ))}
    </div>
  );
}

function Progress({ trans, run }: { trans: TranslationBundle; run: IRunState }): JSX.Element {
  const { done, total } = progress(run);
  return (
    <progress
      className="nbprism-RunBar-progress"
      aria-label={trans.__('Steps done')}
      max={Math.max(1, total)}
      value={done}
    />
  );
}

/** Return how many steps of a run are done. */
export function progress(run: IRunState): { readonly done: number; readonly total: number } {
  const open = new Set(['waiting', 'queued', 'running']);
  const steps = [...run.steps.values()];
  return { done: steps.filter(step => !open.has(step.state)).length, total: steps.length };
}

function status(props: IRunBarProps): string {
  const { trans, pipeline, run, feed, busy, points, wrong, hasProblem } = props;
  if (busy === 'submitting') {
    return trans.__('Submitting…');
  }
  if (run !== null && !isOver(run.state)) {
    return running(trans, run, feed);
  }
  if (pipeline === null) {
    return hasProblem ? '' : trans.__('Reading the notebook…');
  }
  if (!canRun(pipeline)) {
    const errors = pipeline.diagnostics.filter(d => d.severity === 'error').length;
    return trans._n('%1 problem to solve first', '%1 problems to solve first', errors);
  }
  if (wrong.length > 0) {
    return trans.__('%1: not a value of its type', wrong.join(', '));
  }
  if (points > 1) {
    return trans.__('%1 runs', points);
  }
  const steps = trans._n('%1 step', '%1 steps', pipeline.steps.length);
  return run === null ? steps : trans.__('%1, last run %2', steps, stateWord(trans, run.state));
}

function running(trans: TranslationBundle, run: IRunState, feed: FeedState | null): string {
  if (feed === 'waiting') {
    return trans.__('No connection to the server. The run goes on; trying again…');
  }
  if (run.unheard !== null) {
    const since = new Date(run.unheard.since * 1000).toLocaleTimeString();
    return trans.__('Nothing is heard of the cluster since %1. The run may go on.', since);
  }
  if (run.phase === 'cluster-starting') {
    return trans.__('Starting Ray…');
  }
  const { done, total } = progress(run);
  const names = [...run.steps].filter(([, step]) => step.state === 'running').map(([name]) => name);
  const count = trans.__('%1 of %2 steps done', done, total);
  return names.length === 0 ? count : `${count} · ${names.join(', ')}`;
}
