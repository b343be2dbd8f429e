import { describe, expect, it } from 'vitest';
import {
  cellsWithOutputs,
  compareCode,
  compareValues,
  showsSame
} from '../../src/model/comparison';
import type { IRunDetail, IRunRow, IUnit } from '../../src/model/detail';
import { failureOf } from '../../src/model/failure';
import type { IEventConnection } from '../../src/model/feed';
import { RunHistory } from '../../src/model/history';
import { Problem } from '../../src/model/problem';
import { RunResult } from '../../src/model/result';
import { fold, newRun } from '../../src/model/run';
import { linesOf, numericMetrics, plotOf, sweepState, swept } from '../../src/model/sweep';
import { ticks, timelineOf } from '../../src/model/timeline';
import type { IResultsApi, IRunsPage, IRunsQuery } from '../../src/model/server';
import { accepted, failed, log, runSucceeded, started, succeeded } from './log';

function row(run: string, more: Partial<IRunRow> = {}): IRunRow {
  return {
    run,
    state: 'succeeded',
    notebook: '/x/a.ipynb',
    created_at: 1,
    duration_s: 1,
    metrics: {},
    parameters: {},
    steps: {},
    executed: null,
    error: null,
    path: 'a.ipynb',
    pinned: false,
    sweep: null,
    resumes: null,
    ...more
  };
}

function unit(step: string, inputs: Record<string, string> = {}): IUnit {
  const needs = [...new Set(Object.values(inputs))];
  return { step, cells: [step], needs, inputs, outputs: [], parameters: {}, settings: {} };
}

function notebook(cells: Record<string, string>): never {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: Object.entries(cells).map(([id, source]) => ({ id, cell_type: 'code', source }))
  } as never;
}

/** A server that answers what it is told to. */
class Server {
  asked: IRunsQuery[] = [];
  pages: (IRunsPage | Problem)[] = [];
  removed: string[] = [];
  details = 0;
  connection: IEventConnection | null = null;

  readonly api = {
    history: (query: IRunsQuery) => {
      this.asked.push(query);
      const page = this.pages.shift() ?? { runs: [], more: false, searched_all: true };
      return page instanceof Problem ? Promise.reject(page) : Promise.resolve(page);
    },
    remove: (_: string, run: string) => {
      this.removed.push(run);
      return run === 'pinned'
        ? Promise.reject(new Problem('run-conflict', 'Pinned.'))
        : Promise.resolve();
    },
    detail: (): Promise<IRunDetail> => {
      this.details += 1;
      return Promise.resolve({ summary: row('r1'), units: [unit('load')], usage: {} });
    },
    submitted: () => Promise.resolve(notebook({ load: 'x = 1' })),
    events: () => {
      const connection = {
        onEvents: () => undefined,
        onClose: () => undefined,
        isDisposed: false,
        dispose: () => undefined
      };
      this.connection = connection;
      return connection;
    }
  } as unknown as IResultsApi;
}

function page(...runs: IRunRow[]): IRunsPage {
  return { runs, more: false, searched_all: true };
}

describe('the timeline', () => {
  const run = log([
    accepted('load', 'slow', 'quick', 'join'),
    started('load'),
    succeeded('load'),
    started('quick'),
    { ...succeeded('quick'), duration_s: 0.5 } as ReturnType<typeof succeeded>,
    started('slow'),
    { ...succeeded('slow'), duration_s: 4 } as ReturnType<typeof succeeded>,
    started('join'),
    { ...succeeded('join'), duration_s: 6 } as ReturnType<typeof succeeded>,
    runSucceeded()
  ]).reduce(fold, newRun('r1'));
  const units = [
    unit('load'),
    unit('slow', { x: 'load' }),
    unit('quick', { x: 'load' }),
    unit('join', { a: 'slow', b: 'quick' })
  ];

  it('names the steps that decided how long the run took', () => {
    const { bars } = timelineOf(run, units, {}, 0);
    const critical = bars.filter(bar => bar.isCritical).map(bar => bar.step);
    expect(critical).toEqual(['load', 'slow', 'join']);
  });

  it('shows what each step used, from when to when', () => {
    const reserving = units.map(each => ({ ...each, settings: { gpus: 0.5 } }));
    const { bars, lengthS } = timelineOf(run, reserving, { slow: { cpu_s: 7, peak_rss: 5 } }, 0);
    expect(bars[1]).toMatchObject({
      startS: 5,
      endS: 9,
      wallS: 4,
      cpuS: 7,
      peakMemory: 5,
      gpus: 0.5
    });
    expect(lengthS).toBe(13);
  });

  it('goes on while a step runs', () => {
    const open = log([accepted('load'), started('load')]).reduce(fold, newRun('r1'));
    expect(timelineOf(open, [], {}, 112).bars[0]).toMatchObject({ wallS: 10, endS: 11 });
  });

  it.each([
    [9, [0, 2, 4, 6, 8]],
    [0.5, [0, 0.1, 0.2, 0.3, 0.4, 0.5]]
  ])('of %d seconds is marked at round numbers', (length, expected) => {
    expect(ticks(length).map(at => Number(at.toFixed(3)))).toEqual(expected);
  });
});

describe('a failure', () => {
  it('is told with its cell and what the step worked on', () => {
    const ended = { ...runSucceeded(), kind: 'run-failed', error: { cell: 'divide', line: 2 } };
    const run = log([
      accepted('load', 'divide'),
      started('load'),
      { ...succeeded('load'), outputs: [{ name: 'x', preview: '7' }] } as never,
      started('divide'),
      failed('divide'),
      ended as never
    ]).reduce(fold, newRun('r1'));
    const units = [unit('load'), unit('divide', { x: 'load' })];
    expect(failureOf(run, units, notebook({ divide: 'y = 1\ny / x' }), null)).toMatchObject({
      step: 'divide',
      source: 'y = 1\ny / x',
      inputs: [{ name: 'x', preview: '7' }],
      sources: { x: 'load' },
      canResume: true
    });
  });

  it('is none while the run goes on', () => {
    const run = log([accepted('a'), started('a'), failed('a')]).reduce(fold, newRun('r1'));
    expect(failureOf(run, [], null, null)).toBeNull();
  });

  it('of a lost run is what the server says of it', () => {
    const lost = log([accepted('a'), { kind: 'run-lost' }]).reduce(fold, newRun('r1'));
    expect(failureOf(lost, [], null, { code: 'driver-lost' })?.error.code).toBe('driver-lost');
  });
});

describe('a sweep', () => {
  const points = [0.1, 0.2].map((lr, index) =>
    row(`s${index}`, {
      sweep: 's',
      parameters: { lr, seed: 7 },
      metrics: { acc: lr * 2, name: 'x' }
    })
  );

  it('is one line, where its newest run stands', () => {
    const lines = linesOf([row('a'), ...points, row('b')]);
    expect(lines.map(line => line.kind)).toEqual(['run', 'sweep', 'run']);
  });

  it('knows what differs in it and what can be drawn', () => {
    expect(swept(points)).toEqual(['lr']);
    expect(numericMetrics(points)).toEqual(['acc']);
    expect(plotOf(points, 'lr', 'acc')).toMatchObject({
      data: { values: [{ x: 0.1 }, { x: 0.2 }] }
    });
    expect(plotOf(points, 'lr', 'nothing')).toBeNull();
  });

  it('is over when all its runs are, and failed when one is', () => {
    expect(sweepState(points)).toBe('succeeded');
    expect(sweepState([...points, row('x', { state: 'failed' })])).toBe('failed');
    expect(sweepState([...points, row('x', { state: 'running' })])).toBe('running');
  });
});

describe('a comparison', () => {
  it('puts what differs first', () => {
    const values = compareValues([{ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 1 }]);
    expect(values.map(({ name, isSame }) => [name, isSame])).toEqual([
      ['b', false],
      ['a', true]
    ]);
    expect(values[0]?.values).toEqual([1, 2, null]);
  });

  it('shows the lines that changed in each cell', () => {
    const cells = compareCode(notebook({ a: 'x = 1\ny', gone: 'z' }), notebook({ a: 'x = 2\ny' }));
    expect(cells[0]?.lines).toEqual([
      { mark: '-', text: 'x = 1' },
      { mark: '+', text: 'x = 2' },
      { mark: ' ', text: 'y' }
    ]);
    expect(cells.map(cell => cell.isSame)).toEqual([false, false]);
  });

  it('does not count a number of execution as a difference', () => {
    const result = (count: number) => [
      { output_type: 'execute_result', data: {}, metadata: {}, execution_count: count } as never
    ];
    const all = [new Map([['a', result(1)]]), new Map([['a', result(2)]])];
    expect(cellsWithOutputs(all)).toEqual(['a']);
    expect(showsSame(all, 'a')).toBe(true);
  });
});

describe('the history', () => {
  it('loads the runs of a notebook, then of all, then older ones', async () => {
    const server = new Server();
    const history = new RunHistory({ api: server.api, path: 'a.ipynb' });
    server.pages = [page(row('r2')), page(row('r2')), page(row('r2')), page(row('r1'))];
    await history.load();
    history.ofAll(true);
    await history.load();
    await history.loadMore();
    expect(server.asked[0]).toMatchObject({ path: 'a.ipynb' });
    expect(server.asked[1]).toMatchObject({ folder: '' });
    expect(server.asked.at(-1)).toEqual(expect.objectContaining({ folder: '' }));
    expect(server.asked.at(-1)?.before).toBe('r2');
  });

  it('takes only the answer to the newest question', async () => {
    const server = new Server();
    const history = new RunHistory({ api: server.api, path: 'a.ipynb' });
    server.pages = [page(row('old')), page(row('new'))];
    await Promise.all([history.load(), history.load()]);
    expect(history.rows.map(item => item.run)).toEqual(['new']);
    expect(history.isLoading).toBe(false);
  });

  it('says why a run could not be deleted, and deletes the others', async () => {
    const server = new Server();
    const history = new RunHistory({ api: server.api, path: 'a.ipynb' });
    server.pages = [
      page(row('pinned'), row('r1')),
      page(row('pinned'), row('r1')),
      page(row('pinned'))
    ];
    await history.load();
    history.choose(['pinned', 'r1'], true);
    await history.removeChosen();
    expect(server.removed).toEqual(['pinned', 'r1']);
    expect(history.rows.map(item => item.run)).toEqual(['pinned']);
  });

  it('keeps what it has when the server does not answer', async () => {
    const server = new Server();
    const history = new RunHistory({ api: server.api, path: 'a.ipynb' });
    server.pages = [page(row('r1')), new Problem('unreachable', 'No answer.')];
    await history.load();
    await history.load();
    expect(history.rows).toHaveLength(1);
    expect(history.problem?.code).toBe('unreachable');
  });
});

describe('one run', () => {
  it('asks again what its steps used when it is over', async () => {
    const server = new Server();
    const result = new RunResult({ api: server.api, path: 'a.ipynb', run: 'r1' });
    result.start();
    await Promise.resolve();
    expect(server.details).toBe(1);
    server.connection?.onEvents(log([accepted('load'), runSucceeded()]));
    expect(server.details).toBe(2);
    await new Promise(resolve => setTimeout(resolve));
    expect(result.graph.nodes.map(node => node.name)).toEqual(['load']);
    result.dispose();
  });
});
