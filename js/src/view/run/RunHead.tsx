import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import { canResume } from '../../model/failure';
import { written } from '../../model/parameters';
import { isOver } from '../../model/run';
import type { ICluster, IRunState } from '../../model/runState';
import { metric } from '../../model/words';
import { capacityWords } from '../../words';
import { State } from '../State';
import type { IResultView } from './shown';
import type { IResultActions } from './actions';

export interface IRunHeadProps {
  readonly trans: TranslationBundle;
  readonly view: IResultView;
  readonly actions: IResultActions;
}

/** What a run is of, how it went, and what can be done with it. */
export function RunHead({ trans, view, actions }: IRunHeadProps): JSX.Element {
  const { run, row, path, now, feed } = view;
  const at = run.acceptedAt ?? row?.created_at ?? null;
  return (
    <header className="nbprism-RunHead">
      <div className="nbprism-RunHead-title">
        <h2 title={path}>{path.split('/').at(-1)}</h2>
        <State trans={trans} state={run.state} durationS={elapsed(run, now)} />
        {at === null ? null : (
          <time className="nbprism-faint" dateTime={new Date(at * 1000).toISOString()}>
            {new Date(at * 1000).toLocaleString()}
          </time>
        )}
        <span className="nbprism-faint">{run.run}</span>
      </div>
      <Buttons trans={trans} view={view} actions={actions} />
      {feed === 'waiting' ? (
        <p role="status">
          {trans.__('No connection to the server. The run goes on; trying again…')}
        </p>
      ) : null}
      <dl className="nbprism-Facts">
        <Facts title={trans.__('Metrics')} facts={run.metrics} words={metric} />
        <Facts title={trans.__('Parameters')} facts={row?.parameters ?? {}} words={written} />
        {run.cluster === null ? null : (
          <div>
            <dt>{trans.__('Cluster')}</dt>
            <dd>{clusterWords(trans, run.cluster)}</dd>
          </div>
        )}
      </dl>
    </header>
  );
}

function Buttons({ trans, view, actions }: IRunHeadProps): JSX.Element {
  const { run, row, isBusy } = view;
  const isPinned = row?.pinned ?? false;
  return (
    <div
      className="nbprism-buttons"
      role="toolbar"
      aria-label={trans.__('What to do with the run')}
    >
      {isOver(run.state) ? (
        <button
          type="button"
          className="jp-mod-styled"
          disabled={isBusy || row === null}
          title={trans.__('The notebook as it was submitted, with the same parameters')}
          onClick={() => actions.again()}
        >
          {trans.__('Run again')}
        </button>
      ) : (
        <button
          type="button"
          className="jp-mod-styled jp-mod-warn"
          disabled={isBusy || run.state === 'cancelling'}
          onClick={() => actions.cancel()}
        >
          {run.state === 'cancelling' ? trans.__('Cancelling…') : trans.__('Cancel')}
        </button>
      )}
      {run.state === 'cancelled' && canResume(run) ? (
        <button
          type="button"
          className="jp-mod-styled"
          disabled={isBusy || row === null}
          title={trans.__(
            'The steps that succeeded are taken over; the others run again as submitted'
          )}
          onClick={() => actions.resume()}
        >
          {trans.__('Resume')}
        </button>
      ) : null}
      {run.executed === null ? null : (
        <>
          <button type="button" className="jp-mod-styled" onClick={() => actions.openExecuted()}>
            {trans.__('Open the executed notebook')}
          </button>
          <button
            type="button"
            className="jp-mod-styled"
            disabled={isBusy}
            onClick={() => actions.saveReport()}
          >
            {trans.__('Save as HTML')}
          </button>
        </>
      )}
      <button
        type="button"
        className="jp-mod-styled"
        aria-pressed={isPinned}
        disabled={isBusy || row === null}
        title={trans.__('A pinned run cannot be deleted')}
        onClick={() => actions.pin(!isPinned)}
      >
        {isPinned ? trans.__('Pinned') : trans.__('Pin')}
      </button>
    </div>
  );
}

function Facts<T>(props: {
  readonly title: string;
  readonly facts: Readonly<Record<string, T>>;
  words(value: T): string;
}): JSX.Element | null {
  const facts = Object.entries(props.facts);
  if (facts.length === 0) {
    return null;
  }
  return (
    <div>
      <dt>{props.title}</dt>
      <dd>
        {facts.map(([name, value]) => (
          <span key={name} className="nbprism-Fact" title={String(value)}>
            {name} <b>{props.words(value)}</b>
          </span>
        ))}
      </dd>
    </div>
  );
}

function clusterWords(trans: TranslationBundle, { name, size }: ICluster): string {
  if (size === null) {
    return name;
  }
  return `${name}: ${capacityWords(trans, size)}`;
}

function elapsed({ durationS, acceptedAt, state }: IRunState, now: number): number | null {
  return durationS ?? (isOver(state) || acceptedAt === null ? null : Math.max(0, now - acceptedAt));
}
