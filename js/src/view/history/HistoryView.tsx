import type { IHistoryViewProps } from './shown';
import type { TranslationBundle } from '@jupyterlab/translation';
import { useState } from 'react';
import type { JSX } from 'react';
import type { RunStateName } from '../../model/runState';
import { stateWord } from '../../words';
import { Empty } from '../Empty';
import { RunsTable } from './RunsTable';

const FILTERS: readonly RunStateName[] = ['running', 'succeeded', 'failed', 'cancelled', 'lost'];

/** The runs of a notebook, or of all: found, compared, kept and deleted. */
export function HistoryView({ trans, view, actions }: IHistoryViewProps): JSX.Element {
  const { path, isOfAll, rows, problem } = view;
  return (
    <div className="nbprism-History">
      <h2>
        {isOfAll
          ? trans.__('Runs of all notebooks')
          : trans.__('Runs of %1', path.split('/').at(-1))}
      </h2>
      <Filters trans={trans} view={view} actions={actions} />
      <Chosen trans={trans} view={view} actions={actions} />
      {problem === null ? null : (
        <div className="nbprism-Trouble" role="alert">
          <p>{problem.message}</p>
          <button type="button" className="nbprism-link" onClick={() => actions.reload()}>
            {trans.__('Load again')}
          </button>
        </div>
      )}
      {rows.length > 0 ? (
        <RunsTable trans={trans} view={view} actions={actions} />
      ) : (
        <Nothing trans={trans} view={view} />
      )}
      {view.hasMore ? (
        <button type="button" className="jp-mod-styled" onClick={() => actions.loadMore()}>
          {trans.__('Older runs')}
        </button>
      ) : null}
      {view.searchedAll ? null : (
        <p className="nbprism-faint">
          {trans.__('There are too many folders to look into each: some runs may be missing here.')}
        </p>
      )}
    </div>
  );
}

function Filters({ trans, view, actions }: IHistoryViewProps): JSX.Element {
  const { path, isOfAll, search, states } = view;
  return (
    <div className="nbprism-buttons" role="search">
      <Search trans={trans} search={search} onFind={text => actions.find(text)} />
      {FILTERS.map(state => (
        <button
          key={state}
          type="button"
          className="nbprism-Pill"
          aria-pressed={states.has(state)}
          onClick={() => actions.only(toggled(states, state))}
        >
          {stateWord(trans, state)}
        </button>
      ))}
      {path === '' ? null : (
        <label className="nbprism-History-all">
          <input
            type="checkbox"
            checked={isOfAll}
            onChange={event => actions.ofAll(event.target.checked)}
          />
          {trans.__('All notebooks')}
        </label>
      )}
      <button type="button" className="nbprism-link" onClick={() => actions.reload()}>
        {trans.__('Reload')}
      </button>
    </div>
  );
}

/** Keeps what is typed itself: the list follows a moment later, and must not move the cursor. */
function Search(props: {
  readonly trans: TranslationBundle;
  readonly search: string;
  onFind(text: string): void;
}): JSX.Element {
  const { trans, search, onFind } = props;
  const [text, setText] = useState(search);
  return (
    <input
      type="search"
      className="jp-mod-styled nbprism-History-search"
      value={text}
      placeholder={trans.__('Search, for example lr=0.1')}
      aria-label={trans.__('Search in ids, notebooks, parameters, metrics and errors')}
      onChange={({ target }) => {
        setText(target.value);
        onFind(target.value);
      }}
    />
  );
}

function Chosen({ trans, view, actions }: IHistoryViewProps): JSX.Element {
  const count = view.chosen.length;
  return (
    <div className="nbprism-buttons" role="toolbar" aria-label={trans.__('Chosen runs')}>
      <button
        type="button"
        className="jp-mod-styled"
        disabled={count < 2}
        onClick={() => actions.compare()}
      >
        {trans.__('Compare')}
      </button>
      <button
        type="button"
        className="jp-mod-styled"
        disabled={count === 0}
        onClick={() => actions.remove()}
      >
        {trans.__('Delete')}
      </button>
      <span className="nbprism-faint" role="status">
        {count === 0
          ? trans.__('Choose two or more runs to compare them.')
          : trans._n('%1 run chosen', '%1 runs chosen', count)}
      </span>
    </div>
  );
}

function Nothing({ trans, view }: Omit<IHistoryViewProps, 'actions'>): JSX.Element {
  if (view.isLoading) {
    return <p className="nbprism-faint">{trans.__('Loading…')}</p>;
  }
  const isFiltered = view.search !== '' || view.states.size > 0;
  return (
    <Empty title={isFiltered ? trans.__('No run fits') : trans.__('No runs yet')}>
      {isFiltered ? null : <p>{trans.__('Run a notebook as a pipeline to see its runs here.')}</p>}
    </Empty>
  );
}

function toggled<T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(item)) {
    next.add(item);
  }
  return next;
}
