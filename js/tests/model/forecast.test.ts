import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { Forecasting, staleness } from '../../src/model/forecast';
import type { IForecast, IStepForecast } from '../../src/model/forecast';
import type { IStepSettings } from '../../src/model/pipeline';
import { newRun } from '../../src/model/run';
import type { IRunState, StepStateName } from '../../src/model/runState';
import { waitsFor } from '../../src/view/stepSummary';
import { forecastText } from '../../src/view/Forecast';

const trans = nullTranslator.load('nbprism');

function step(action: IStepForecast['action'], code = ''): IStepForecast {
  const causes = code === '' ? [] : [{ code, text: `${code}: cell 7`, cell: 'c7' }];
  return { step: 's', action, certain: true, causes, expected_s: null, from_run: null };
}

describe('a forecast in a sentence', () => {
  it.each<[string, IForecast]>([
    [
      '1 of 3 steps runs, 2 reused, about 12 s',
      { steps: [step('run'), step('reuse'), step('reuse')], expected_s: 12, misfits: [] }
    ],
    ['all 2 steps run', { steps: [step('run'), step('run')], expected_s: null, misfits: [] }],
    ['Nothing to run: the step is reused', { steps: [step('reuse')], expected_s: 0, misfits: [] }]
  ])('%s', (text, forecast) => {
    expect(forecastText(trans, forecast)).toBe(text);
  });
});

describe('what a step shows', () => {
  it.each<[string, IStepForecast | null, string | null]>([
    [
      'is stale where it would run for a reason',
      step('run', 'cell-changed'),
      'cell-changed: cell 7'
    ],
    ['is not where it is reused', step('reuse'), null],
    ['is not where nothing was ever computed', step('run', 'never-ran'), null],
    ['is not where nobody knows', null, null]
  ])('%s', (_, forecast, stale) => {
    expect(staleness(forecast)).toBe(stale);
  });
});

describe('a step of a run', () => {
  const pipeline = {
    schema: 1,
    pipeline: '',
    parameters: [],
    steps: [],
    diagnostics: [],
    cells: [],
    edges: [{ from: 'load', to: 'train', names: ['x'], reason: '' }]
  };
  const train = {
    name: 'train',
    cells: [],
    inputs: [],
    outputs: [],
    parameters: [],
    fingerprint: ''
  };

  function said(
    train_: StepStateName,
    load: StepStateName,
    settings: IStepSettings,
    more: Partial<IRunState> = {}
  ): string {
    const alone = { items: null, labels: [], units: new Map<string, never>() };
    const plain = { attempt: 1, startedAt: null, durationS: null, error: null, reason: null };
    const rest = { ...plain, reusedFrom: null, savedS: null, artifacts: [], ...alone };
    const steps = new Map([
      ['load', { ...rest, state: load }],
      ['train', { ...rest, state: train_ }]
    ]);
    return waitsFor(trans, { ...train, settings }, pipeline, { ...newRun('r'), steps, ...more });
  }

  it('waits for Ray first of all', () => {
    expect(said('queued', 'queued', {}, { phase: 'cluster-starting' })).toBe(
      'waits for Ray to start'
    );
  });

  it.each<[string, StepStateName, StepStateName, IStepSettings]>([
    ['waits for load', 'waiting', 'running', {}],
    ['waits for 1 GPU', 'queued', 'succeeded', { gpus: 1 }],
    ['waits for 2 CPUs', 'queued', 'succeeded', { cpus: 2 }],
    ['', 'running', 'succeeded', {}]
  ])('says "%s" when it is %s', (text, mine, load, settings) => {
    expect(said(mine, load, settings)).toBe(text);
  });
});

describe('asking', () => {
  const question = {
    notebook: { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] },
    parameters: {}
  };

  it('takes the newest answer, whichever comes first', async () => {
    const answers: ((forecast: IForecast) => void)[] = [];
    const forecasting = new Forecasting({
      read: () => question,
      ask: () => new Promise(resolve => answers.push(resolve))
    });
    forecasting.request();
    await new Promise(resolve => setTimeout(resolve, 200));
    forecasting.request();
    await new Promise(resolve => setTimeout(resolve, 200));
    answers[1]?.({ steps: [step('run')], expected_s: 2, misfits: [] });
    answers[0]?.({ steps: [step('reuse')], expected_s: 1, misfits: [] });
    await Promise.resolve();
    expect(forecasting.of('s')?.action).toBe('run');
    forecasting.dispose();
  });

  it('says nothing where the server does not', async () => {
    const forecasting = new Forecasting({
      read: () => question,
      ask: () => Promise.reject(new Error('no such route'))
    });
    forecasting.request();
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(forecasting.forecast).toBeNull();
  });
});
