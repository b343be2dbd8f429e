import { nullTranslator } from '@jupyterlab/translation';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { IRunRow, IUnit } from '../../src/model/detail';
import type { IArtifact } from '../../src/model/events';
import { RunOutputs } from '../../src/model/outputs';
import { RunLog } from '../../src/model/runLog';
import { fold, newRun } from '../../src/model/run';
import { timelineOf } from '../../src/model/timeline';
import { CompareView } from '../../src/view/history/CompareView';
import { HistoryView } from '../../src/view/history/HistoryView';
import type { IHistoryView } from '../../src/view/history/shown';
import type { IHistoryActions } from '../../src/view/history/actions';
import { Failure } from '../../src/view/run/Failure';
import { RunHead } from '../../src/view/run/RunHead';
import type { IResultView } from '../../src/view/run/shown';
import { Timeline } from '../../src/view/run/Timeline';
import { Values } from '../../src/view/run/Values';
import type { IResultActions } from '../../src/view/run/actions';
import { accepted, failed, log, runSucceeded, started, succeeded } from '../model/log';

const trans = nullTranslator.load('nbprism');
const EVIL = '<img src=x onerror=alert(1)>';
const nothing = (): void => undefined;
const mount = (): never => {
  throw new Error('static markup mounts nothing');
};

const ROW: IRunRow = {
  run: '20260101-000000-a-0000',
  state: 'succeeded',
  notebook: `/x/${EVIL}`,
  created_at: 1,
  duration_s: 2,
  metrics: { acc: 0.5, [EVIL]: EVIL },
  parameters: { lr: 0.1, [EVIL]: EVIL },
  steps: { [EVIL]: { state: 'succeeded' } },
  executed: null,
  error: null,
  path: EVIL,
  pinned: true,
  sweep: null,
  resumes: null
};

const SWEPT = [0.1, 0.2].map(lr => ({
  ...ROW,
  run: `of-${lr}`,
  created_at: 1e9,
  parameters: { lr },
  sweep: 's'
}));

const DONE = log([
  accepted('load', EVIL),
  started('load'),
  succeeded('load'),
  runSucceeded()
]).reduce(fold, newRun('r1'));

const actions = new Proxy(
  { mount },
  { get: (target, name) => (name === 'mount' ? target.mount : nothing) }
);

function runView(more: Partial<IResultView> = {}): IResultView {
  return {
    path: `folder/${EVIL}`,
    row: ROW,
    run: DONE,
    feed: 'ended',
    now: 0,
    units: [],
    usage: { load: { cpu_s: 1.5, peak_rss: 2e6 } },
    graph: { nodes: [], edges: [] },
    hues: new Map(),
    outputs: new RunOutputs(),
    lines: new RunLog(),
    notebook: null,
    log: null,
    selected: null,
    said: null,
    isBusy: false,
    problem: null,
    ...more
  };
}

function history(more: Partial<IHistoryView> = {}): string {
  const view: IHistoryView = {
    path: 'a.ipynb',
    isOfAll: true,
    rows: [ROW],
    chosen: [ROW],
    hasMore: false,
    searchedAll: true,
    isLoading: false,
    search: '',
    states: new Set(),
    problem: null,
    ...more
  };
  return renderToStaticMarkup(
    <HistoryView trans={trans} view={view} actions={actions as unknown as IHistoryActions} />
  );
}

function head(more: Partial<IResultView> = {}): string {
  return renderToStaticMarkup(
    <RunHead trans={trans} view={runView(more)} actions={actions as unknown as IResultActions} />
  );
}

const UNIT: IUnit = {
  step: 'load',
  cells: [],
  needs: [],
  inputs: {},
  outputs: [],
  parameters: {},
  settings: {}
};

const timeline = (units: readonly IUnit[] = []): string =>
  renderToStaticMarkup(
    <Timeline
      trans={trans}
      timeline={timelineOf(DONE, units, runView().usage, 0)}
      hues={new Map()}
      selected={null}
      onSelect={nothing}
    />
  );

const failure = (more: Partial<IResultView>): string =>
  renderToStaticMarkup(
    <Failure trans={trans} view={runView(more)} actions={actions as unknown as IResultActions} />
  );

const FAILED = log([
  accepted('train'),
  started('train'),
  failed('train'),
  { kind: 'run-failed', duration_s: 1, error: { code: 'cell-failed', ename: 'ValueError' } }
]).reduce(fold, newRun('r1'));

const STOPPED = log([
  accepted('load', 'train'),
  started('load'),
  succeeded('load'),
  { kind: 'run-cancelled', duration_s: 1 }
]).reduce(fold, newRun('r1'));

const values = (artifact: Partial<IArtifact>): string =>
  renderToStaticMarkup(
    <Values
      trans={trans}
      title="It gave"
      artifacts={[{ name: 'frame', digest: 'd', ...artifact }]}
      mount={mount}
      onLoad={nothing}
    />
  );

const FRAME = {
  shape: [150, 2],
  table: {
    columns: [
      { name: 'size', dtype: 'float64' },
      { name: EVIL, dtype: 'object' }
    ],
    index: [0],
    rows: [[5.1, EVIL]]
  }
};

const LOST = log([accepted('a'), { kind: 'run-lost' }]).reduce(fold, newRun('r1'));
const LOST_ROW = { ...ROW, error: { code: 'driver-lost', evalue: 'Gone.', hint: EVIL } };

const comparison = (): string =>
  renderToStaticMarkup(
    <CompareView
      trans={trans}
      runs={['a', 'b'].map(run => ({
        name: { path: 'a.ipynb', run },
        row: { ...ROW, run, metrics: { acc: run } },
        notebook: null,
        executed: null
      }))}
      problem={null}
      mount={mount}
      onOpen={nothing}
    />
  );

describe('what runs left', () => {
  it.each<[string, string, string[]]>([
    ['how a run went', head(), ['succeeded', 'acc <b>0.9</b>', 'Run again', 'Pinned']],
    ['what is left of a run that was stopped', head({ run: STOPPED }), ['Resume', 'Run again']],
    ['that a run goes on', head({ run: newRun('r1') }), ['Cancel']],
    ['what each step used', timeline(), ['1.5 s', '2.0 MB', 'data-critical="true"']],
    ['which GPUs it had', timeline([{ ...UNIT, settings: { gpus: 0.5 } }]), ['<td>0.5</td>']],
    [
      'what can be done about a failure',
      failure({ run: FAILED }),
      ['Step train failed', 'Load this step&#x27;s inputs into my kernel']
    ],
    [
      'the first rows of a frame',
      values(FRAME),
      ['<td data-kind="number">5.1</td>', 'The first 1 of 150 rows, 2 of 2 columns']
    ],
    ['how to have a value', values(FRAME), ['Load frame into my kernel']],
    ['why a value is not there', values({ unsupported: 'A lock.' }), ['A lock.']],
    ['why a run was lost', failure({ run: LOST, row: LOST_ROW }), ['Gone.', 'last words']],
    ['the last words of a driver', failure({ run: LOST, row: LOST_ROW, log: EVIL }), ['&lt;img']],
    ['the runs with their metrics', history(), ['acc', '0.5', 'lr =', '0.1', '1 run chosen']],
    ['when a sweep was', history({ rows: SWEPT }), ['Sweep of lr, 2 runs', '2001']],
    ['that there are no runs', history({ rows: [], chosen: [] }), ['No runs yet']],
    ['that no run fits', history({ rows: [], chosen: [], search: 'x' }), ['No run fits']],
    ['that some may be missing', history({ searchedAll: false }), ['too many folders']],
    ['what differs between runs', comparison(), ['data-same="false"', 'The code is the same.']]
  ])('say %s', (_, html, texts) => {
    texts.forEach(text => expect(html).toContain(text));
  });

  it('show the text of notebooks and runs as text', () => {
    const lost = failure({ run: LOST, row: LOST_ROW, log: EVIL });
    [head(), timeline(), history(), comparison(), lost, values(FRAME)].forEach(html => {
      expect(html).not.toContain('<img');
      expect(html).toContain('&lt;img');
    });
  });
});
