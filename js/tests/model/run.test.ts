import { describe, expect, it } from 'vitest';
import { fold, isOver, loseRun, newRun } from '../../src/model/run';
import type { IRunState } from '../../src/model/runState';
import {
  accepted,
  cellEnded,
  cellStarted,
  failed,
  log,
  output,
  runSucceeded,
  started,
  stream,
  succeeded
} from './log';
import type { EventBody } from './log';

const after = (...bodies: EventBody[]): IRunState => log(bodies).reduce(fold, newRun('r1'));
const stateOf = (run: IRunState, step: string): string | undefined => run.steps.get(step)?.state;

describe('folding a run', () => {
  it.each<[string, EventBody[], string]>([
    ['waits before anything happens to it', [], 'waiting'],
    ['is queued', [{ kind: 'step-queued', step: 'a', attempt: 1 }], 'queued'],
    ['runs', [started('a')], 'running'],
    ['has succeeded', [started('a'), succeeded('a')], 'succeeded'],
    ['has failed', [started('a'), failed('a')], 'failed'],
    ['waits for its next attempt', [started('a'), failed('a', true)], 'waiting'],
    ['runs again', [started('a'), failed('a', true), started('a', 2)], 'running'],
    ['is skipped', [{ kind: 'step-skipped', step: 'a', reason: 'b failed' }], 'skipped'],
    ['is cancelled', [started('a'), { kind: 'step-cancelled', step: 'a', attempt: 1 }], 'cancelled']
  ])('a step %s', (_, bodies, state) => {
    expect(stateOf(after(accepted('a', 'b'), ...bodies), 'a')).toBe(state);
  });

  it('keeps the order of the steps', () => {
    const run = after(accepted('c', 'a', 'b'), started('b'), started('c'));
    expect([...run.steps.keys()]).toEqual(['c', 'a', 'b']);
  });

  it('ignores an event it has folded in already', () => {
    const events = log([accepted('a'), started('a'), succeeded('a')]);
    const once = events.reduce(fold, newRun('r1'));
    expect([...events, ...events].reduce(fold, newRun('r1'))).toEqual(once);
  });

  it('knows since when nothing is heard, until something is', () => {
    const unheard = { since: 5, why: 'It does not answer.' };
    const silent = fold(after(accepted('a'), started('a')), {
      seq: 0,
      at: 9,
      kind: 'run-unheard',
      unheard
    });
    expect(silent).toMatchObject({ unheard, state: 'accepted', seq: 2 });
    const next = log([accepted('a'), started('a'), succeeded('a')]).at(-1)!;
    expect(fold(silent, next).unheard).toBeNull();
  });

  it('times a cell and ends it with its step where it never said so itself', () => {
    const run = after(accepted('a'), started('a'), cellStarted('a', 'c1'), failed('a'));
    expect(run.cells.get('c1')).toMatchObject({ state: 'failed', startedAt: 103 });
  });

  it('has the cell of a finished step as it ended', () => {
    const run = after(accepted('a'), cellStarted('a', 'c1'), cellEnded('a', 'c1'), succeeded('a'));
    expect(run.cells.get('c1')).toMatchObject({ state: 'succeeded', durationS: 0.5 });
  });

  it('collects the metrics of steps and of the run', () => {
    const run = after(
      accepted('a'),
      { kind: 'metric-reported', step: 'a', name: 'early', value: 1 },
      succeeded('a', { loss: 2 }),
      runSucceeded()
    );
    expect(run.metrics).toEqual({ early: 1, loss: 2, acc: 0.9 });
  });

  it('takes a metric of two steps from the later in the plan, whichever reports last', () => {
    const said = (step: string, value: number): EventBody => ({
      kind: 'metric-reported',
      step,
      name: 'loss',
      value
    });
    expect(after(accepted('a', 'b'), said('b', 2), said('a', 1)).metrics).toEqual({ loss: 2 });
    const units = after(accepted('a', 'b'), said('b[1]', 4), said('b', 2), said('b[0]', 3));
    expect(units.metrics).toEqual({ loss: 2, 'loss[0]': 3, 'loss[1]': 4 });
  });

  it('keeps what a step changed in place for a warning', () => {
    const changed = { step: 'a', name: 'df', takers: ['b'] };
    const run = after(accepted('a', 'b'), { kind: 'input-changed', ...changed });
    expect(run.warnings).toEqual([changed]);
  });

  it('forgets what a step gave that was withdrawn', () => {
    const run = after(
      accepted('a'),
      { kind: 'cell-started', step: 'a', attempt: 1, cell: 'c1' },
      succeeded('a', { loss: 2 }),
      { kind: 'step-withdrawn', step: 'a', attempt: 1, reason: "step 'b' changed `x` in place" }
    );
    expect(run.steps.get('a')).toMatchObject({ state: 'waiting', artifacts: [] });
    expect(run.cells.size).toBe(0);
    expect(run.metrics).toEqual({});
  });

  it('knows of a reused step where it is from, what that saved and what it gave', () => {
    const run = after(accepted('a'), {
      kind: 'step-reused',
      step: 'a',
      from_run: 'r0',
      saved_s: 12.5,
      outputs: [{ name: 'df' }],
      metrics: { acc: 0.9 }
    });
    expect(run.steps.get('a')).toMatchObject({
      state: 'reused',
      reusedFrom: 'r0',
      savedS: 12.5,
      artifacts: [{ name: 'df' }]
    });
    expect(run.metrics).toEqual({ acc: 0.9 });
  });

  it('ends with the run', () => {
    const run = after(accepted('a'), { kind: 'run-started', driver_pid: 1 }, runSucceeded());
    expect(run).toMatchObject({ state: 'succeeded', durationS: 9, executed: '/x.ipynb' });
    expect(isOver(run.state)).toBe(true);
  });

  it('is cancelling until it is cancelled', () => {
    const cancelling = after(accepted('a'), { kind: 'run-cancelling' });
    expect(cancelling.state).toBe('cancelling');
    expect(isOver(cancelling.state)).toBe(false);
  });

  it('loses what was going on when nobody is left to tell', () => {
    const run = after(
      accepted('a', 'b', 'c'),
      succeeded('a'),
      started('b'),
      cellStarted('b', 'c1'),
      { kind: 'run-lost' }
    );
    expect([...run.steps.values()].map(step => step.state)).toEqual(['succeeded', 'lost', 'lost']);
    expect(run.cells.get('c1')?.state).toBe('failed');
    expect(loseRun(run).state).toBe('lost');
  });

  it('passes over kinds it does not know', () => {
    const future = { kind: 'step-renamed', step: 'a' } as unknown as EventBody;
    const run = after(accepted('a'), future, started('a'));
    expect(stateOf(run, 'a')).toBe('running');
    expect(run.seq).toBe(3);
  });

  it('changes no state for an output', () => {
    const before = after(accepted('a'), started('a'));
    const [event] = log([output('a', 'c1', stream('x'))], 3);
    expect({ ...fold(before, event!), seq: 2 }).toEqual(before);
  });
});
