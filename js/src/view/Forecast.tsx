import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import { counts } from '../model/forecast';
import type { IForecast, IStepForecast } from '../model/forecast';
import { duration } from '../model/words';
import { Prose } from './Prose';

export interface IForecastProps {
  readonly trans: TranslationBundle;
  readonly forecast: IForecast;
}

/** What a run would do with each step, and why. */
export function Forecast({ trans, forecast }: IForecastProps): JSX.Element {
  return (
    <details className="nbprism-Forecast">
      <summary>{forecastText(trans, forecast)}</summary>
      <ul aria-label={trans.__('What a run would do')}>
        {forecast.steps.map(step => (
          <li key={step.step} data-action={step.action}>
            <span className="nbprism-Forecast-step">{step.step}</span>{' '}
            <Prose text={reason(trans, step)} />
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Return the forecast in a sentence, such as "3 of 7 steps run, 4 reused, about 12 s". */
export function forecastText(trans: TranslationBundle, forecast: IForecast): string {
  const { run, reuse } = counts(forecast);
  const total = forecast.steps.length;
  if (run === 0) {
    return trans._n(
      'Nothing to run: the step is reused',
      'Nothing to run: all %1 steps are reused',
      total
    );
  }
  const { expected_s: expected } = forecast;
  const parts = [
    reuse === 0
      ? trans._n('%1 step runs', 'all %1 steps run', run)
      : trans._n('%1 of %2 steps runs', '%1 of %2 steps run', run, total),
    reuse === 0 ? '' : trans.__('%1 reused', reuse),
    expected === null ? '' : trans.__('about %1', duration(expected))
  ];
  return parts.filter(part => part !== '').join(', ');
}

function reason(trans: TranslationBundle, step: IStepForecast): string {
  const why = step.causes.map(({ text }) => text).join('; ');
  switch (step.action) {
    case 'run':
      return step.certain ? trans.__('runs: %1', why) : trans.__('may run: %1', why);
    case 'reuse':
      return trans.__('reused');
    case 'skip':
      return trans.__('skipped: %1', why);
  }
}
