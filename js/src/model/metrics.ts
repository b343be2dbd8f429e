/**
 * The metrics of a run, from what its steps report while it goes on.
 */
import type { MetricValue } from './events';
import type { Reported } from './runState';
import { metricOf, parentOf } from './units';

/** Return the metrics of all steps; where two use one name, the later in the plan counts. */
export function metricsOf(
  reported: Reported,
  plan: readonly string[]
): Readonly<Record<string, MetricValue>> {
  const place = (step: string): number => plan.indexOf(parentOf(step) ?? step);
  const inOrder = [...reported].sort(([one], [other]) => place(one) - place(other));
  return Object.fromEntries(
    inOrder.flatMap(([step, values]) =>
      Object.entries(values).map(([name, value]) => [metricOf(step, name), value] as const)
    )
  );
}
