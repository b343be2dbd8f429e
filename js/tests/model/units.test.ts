import { describe, expect, it } from 'vitest';
import { chipOf } from '../../src/model/chips';
import { RunOutputs } from '../../src/model/outputs';
import { fold, newRun } from '../../src/model/run';
import type { IRunState } from '../../src/model/runState';
import { timelineOf } from '../../src/model/timeline';
import { itemsIn, progressOf, stateCounts } from '../../src/model/units';
import { accepted, cellStarted, failed, log, output, started, stream, succeeded } from './log';
import type { EventBody } from './log';

const after = (...bodies: EventBody[]): IRunState => log(bodies).reduce(fold, newRun('r1'));
const EXPANDED: EventBody = { kind: 'step-expanded', step: 'train', attempt: 1, items: 3 };
const BEGUN = [accepted('train', 'join'), EXPANDED] as const;

const chip = (run: IRunState): ReturnType<typeof chipOf> =>
  chipOf({
    cell: 'c1',
    tags: ['step:train'],
    place: { role: 'step', step: 'train' },
    diagnostics: [],
    hues: new Map(),
    run,
    settings: () => null,
    stale: () => null
  });

describe('a step that runs once for each item', () => {
  it('is one step of the run, however many units it has', () => {
    const run = after(...BEGUN, started('train[0]'), started('train[1]'));
    expect([...run.steps.keys()]).toEqual(['train', 'join']);
    expect(run.steps.get('train')?.state).toBe('running');
    expect([...(run.steps.get('train')?.units.keys() ?? [])]).toEqual(['train[0]', 'train[1]']);
  });

  it('counts the units that have ended, well or not', () => {
    const run = after(
      ...BEGUN,
      started('train[0]'),
      succeeded('train[0]'),
      started('train[1]'),
      failed('train[1]'),
      started('train[2]'),
      failed('train[2]', true)
    );
    expect(progressOf(run.steps.get('train')!)).toBe('2/3');
    expect(chip(run)).toMatchObject({ state: 'running', progress: '2/3', runningSince: null });
  });

  it('has cells that run from the first unit to the end of the step', () => {
    const running = after(...BEGUN, cellStarted('train[1]', 'c1'));
    expect(running.cells.get('c1')).toMatchObject({ step: 'train', state: 'running' });
    const done = after(...BEGUN, cellStarted('train[1]', 'c1'), succeeded('train'));
    expect(done.cells.get('c1')?.state).toBe('succeeded');
    expect(chip(done)).toMatchObject({ state: 'succeeded', progress: '' });
  });

  it('shows a line for each unit in its cell, and not what the units put out', () => {
    const outputs = new RunOutputs();
    const changed = outputs.apply(
      log([
        output('train[0]', 'c1', stream('noise\n')),
        output('train', 'c1', stream('[0] at succeeded\n'))
      ])
    );
    expect([...changed]).toEqual(['c1']);
    expect(outputs.get('c1')?.outputs).toMatchObject([{ text: '[0] at succeeded\n' }]);
  });

  it('forgets all its units when it is withdrawn: its items are counted again', () => {
    const reason = "step 'clean' changed `rows` in place";
    const run = after(
      ...BEGUN,
      { kind: 'metric-reported', step: 'train[2]', name: 'score', value: 0.5 },
      { kind: 'step-withdrawn', step: 'train[2]', attempt: 1, reason },
      { kind: 'step-withdrawn', step: 'train', attempt: 1, reason },
      { ...EXPANDED, attempt: 2, items: 2 },
      succeeded('train[0]')
    );
    expect(progressOf(run.steps.get('train')!)).toBe('1/2');
    expect(run.metrics).toEqual({});
  });

  it('gives its metrics the number of the item', () => {
    const metric: EventBody = {
      kind: 'metric-reported',
      step: 'train[2]',
      name: 'score',
      value: 0.5
    };
    expect(after(...BEGUN, metric).metrics).toEqual({ 'score[2]': 0.5 });
  });

  it('has items that are told one by one, those with trouble first', () => {
    const labels = ['north', 'south', 'east'];
    const run = after(
      accepted('train'),
      { kind: 'step-expanded', step: 'train', attempt: 1, items: 3, labels },
      started('train[0]'),
      succeeded('train[0]'),
      started('train[1]'),
      failed('train[1]')
    );
    const step = run.steps.get('train')!;
    expect(itemsIn(step).map(({ name, label }) => [name, label])).toEqual([
      ['train[1]', 'south'],
      ['train[0]', 'north']
    ]);
    expect([...stateCounts(step)]).toEqual([
      ['succeeded', 1],
      ['failed', 1],
      ['waiting', 1]
    ]);
    const over = after(...BEGUN, started('train[0]'), failed('train[0]'), failed('train'));
    expect([...stateCounts(over.steps.get('train')!)]).toEqual([
      ['skipped', 2],
      ['failed', 1]
    ]);
    const [bar] = timelineOf(run, [], {}, 110).bars;
    expect([bar?.progress, bar?.items.map(item => item.step)]).toEqual([
      '2/3',
      ['train[1]', 'train[0]']
    ]);
  });
});
