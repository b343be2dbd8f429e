/**
 * The state of one run, folded from its events.
 */
import { isTerminal } from './events';
import { metricsOf } from './metrics';
import type { RunStateName, IStepRun, ICluster, IRunState } from './runState';
import { parentOf } from './units';
import type { MetricValue, RunEvent, RunEventOf } from './events';

const WAITING: IStepRun = {
  state: 'waiting',
  attempt: 0,
  startedAt: null,
  durationS: null,
  error: null,
  reason: null,
  reusedFrom: null,
  savedS: null,
  artifacts: [],
  items: null,
  labels: [],
  units: new Map()
};

/** Return the state of a run of which no event is known yet. */
export function newRun(run: string): IRunState {
  return {
    run,
    seq: 0,
    state: 'accepted',
    phase: null,
    steps: new Map(),
    cells: new Map(),
    metrics: {},
    reported: new Map(),
    warnings: [],
    cluster: null,
    acceptedAt: null,
    sweep: null,
    durationS: null,
    executed: null,
    error: null,
    unheard: null
  };
}

/** Return how long a step has been running or took, or null where it has not started. */
export function elapsed({ state, startedAt, durationS }: IStepRun, now: number): number | null {
  return state === 'running' && startedAt !== null ? Math.max(0, now - startedAt) : durationS;
}

/** Tell whether a run is over. */
export function isOver(state: RunStateName): boolean {
  return state !== 'accepted' && state !== 'running' && state !== 'cancelling';
}

/**
 * Return the state after `event`; an event that is already folded in changes nothing.
 */
export function fold(run: IRunState, event: RunEvent): IRunState {
  if (event.kind === 'run-unheard') {
    return { ...run, unheard: event.unheard };
  }
  if (event.seq <= run.seq) {
    return run;
  }
  const next = isTerminal(event) ? endRun(run, event) : advance(run, event);
  return { ...next, seq: event.seq, unheard: null };
}

function advance(run: IRunState, event: RunEvent): IRunState {
  if (event.kind === 'metric-reported') {
    return report(run, event.step, { [event.name]: event.value });
  }
  if (event.kind === 'input-changed') {
    const { step, name, takers } = event;
    return { ...run, warnings: [...run.warnings, { step, name, takers }] };
  }
  const parent = 'step' in event ? parentOf(event.step) : null;
  if (parent !== null) {
    return foldUnit(run, parent, event);
  }
  switch (event.kind) {
    case 'run-accepted':
      return {
        ...run,
        acceptedAt: event.at,
        sweep: event.sweep ?? null,
        cluster: { name: event.cluster, size: null },
        steps: new Map(event.steps.map(step => [step, WAITING]))
      };
    case 'cluster-starting':
      return { ...run, phase: 'cluster-starting' };
    case 'cluster-joined':
      return { ...run, phase: null, cluster: joined(run, event) };
    case 'run-started':
      return { ...run, state: run.state === 'accepted' ? 'running' : run.state };
    case 'run-cancelling':
      return { ...run, state: 'cancelling' };
    case 'cell-started':
    case 'cell-ended':
      return foldCell(run, event);
    default:
      return 'step' in event ? foldStep(run, event) : run;
  }
}

function joined(run: IRunState, event: RunEventOf<'cluster-joined'>): ICluster {
  const { cpus, gpus, memory } = event;
  return { name: run.cluster?.name ?? '', size: { cpus, gpus, memory } };
}

/** The cells of a step are one place for all its units: they run as long as the step does. */
function foldUnit(run: IRunState, parent: string, event: RunEvent): IRunState {
  const step = stepOf(run, parent);
  switch (event.kind) {
    case 'cell-started':
      return run.cells.get(event.cell)?.state === 'running'
        ? run
        : foldCell(run, { ...event, step: parent });
    case 'cell-output':
    case 'cell-ended':
      return run;
    default: {
      const inner = { ...newRun(run.run), steps: step.units };
      const { steps } = foldStep(inner, event as RunEvent & { step: string });
      return withStep(run, parent, { ...step, units: steps });
    }
  }
}

function foldStep(run: IRunState, event: RunEvent & { step: string }): IRunState {
  switch (event.kind) {
    case 'step-queued':
      return {
        ...withStep(run, event.step, {
          ...WAITING,
          state: 'queued',
          attempt: event.attempt,
          queuedAt: event.at
        })
      };
    case 'step-started':
      return withStep(run, event.step, {
        ...WAITING,
        state: 'running',
        attempt: event.attempt,
        queuedAt: stepOf(run, event.step).queuedAt ?? null,
        startedAt: event.at
      });
    case 'step-expanded':
      return withStep(run, event.step, {
        ...WAITING,
        state: 'running',
        attempt: event.attempt,
        startedAt: event.at,
        items: event.items,
        labels: event.labels ?? []
      });
    case 'step-succeeded':
      return report(
        endStep(run, event, { state: 'succeeded', artifacts: event.outputs }),
        event.step,
        event.metrics
      );
    case 'step-reused':
      return report(
        withStep(run, event.step, {
          ...WAITING,
          state: 'reused',
          reusedFrom: event.from_run,
          savedS: event.saved_s,
          artifacts: event.outputs
        }),
        event.step,
        event.metrics
      );
    case 'step-failed':
    case 'step-crashed': {
      const over = event.kind === 'step-failed' ? 'failed' : 'crashed';
      return endStep(run, event, {
        state: event.will_retry ? 'waiting' : over,
        error: event.error
      });
    }
    case 'step-skipped':
      return withStep(run, event.step, { ...WAITING, state: 'skipped', reason: event.reason });
    case 'step-withdrawn':
      return forget(run, event.step);
    case 'step-cancelled':
      return endCells(
        withStep(run, event.step, { ...stepOf(run, event.step), state: 'cancelled' }),
        event.step
      );
    default:
      return run;
  }
}

function report(
  run: IRunState,
  step: string,
  values: Readonly<Record<string, MetricValue>> = {}
): IRunState {
  const reported = new Map(run.reported).set(step, { ...run.reported.get(step), ...values });
  return { ...run, reported, metrics: metricsOf(reported, [...run.steps.keys()]) };
}

type AttemptEnd = RunEventOf<'step-succeeded' | 'step-failed' | 'step-crashed'>;

function endStep(run: IRunState, event: AttemptEnd, change: Partial<IStepRun>): IRunState {
  const step = { ...stepOf(run, event.step), durationS: event.duration_s, ...change };
  const left = step.items !== null && step.state === 'succeeded' ? 'succeeded' : 'failed';
  return endCells(withStep(run, event.step, step), event.step, left);
}

function foldCell(run: IRunState, event: RunEventOf<'cell-started' | 'cell-ended'>): IRunState {
  const cells = new Map(run.cells);
  if (event.kind === 'cell-started') {
    cells.set(event.cell, {
      step: event.step,
      state: 'running',
      startedAt: event.at,
      durationS: null
    });
  } else {
    cells.set(event.cell, {
      step: event.step,
      state: event.ok ? 'succeeded' : 'failed',
      startedAt: run.cells.get(event.cell)?.startedAt ?? event.at - event.duration_s,
      durationS: event.duration_s
    });
  }
  return { ...run, cells };
}

/**
 * Return the run as if the step had not begun: what it gave does not count any more.
 */
function forget(run: IRunState, step: string): IRunState {
  const cells = new Map([...run.cells].filter(([, cell]) => cell.step !== step));
  const reported = new Map(
    [...run.reported].filter(([of]) => of !== step && parentOf(of) !== step)
  );
  const metrics = metricsOf(reported, [...run.steps.keys()]);
  return { ...withStep(run, step, WAITING), cells, reported, metrics };
}

/**
 * A cell that never reported its end ended with its step: its kernel is gone, or it ran in many.
 */
function endCells(
  run: IRunState,
  step: string,
  state: 'succeeded' | 'failed' = 'failed'
): IRunState {
  const open = [...run.cells].filter(([, cell]) => cell.step === step && cell.state === 'running');
  if (open.length === 0) {
    return run;
  }
  const cells = new Map(run.cells);
  for (const [id, cell] of open) {
    cells.set(id, { ...cell, state });
  }
  return { ...run, cells };
}

function endRun(run: IRunState, event: RunEvent): IRunState {
  if (event.kind === 'run-lost') {
    return loseRun(run);
  }
  const { kind, duration_s, metrics, executed, error } = event as RunEventOf<'run-failed'>;
  return {
    ...run,
    state: (kind as string).slice('run-'.length) as RunStateName,
    phase: null,
    durationS: duration_s,
    metrics: { ...run.metrics, ...metrics },
    executed: executed ?? null,
    error: error ?? null
  };
}

/** Nobody is left to say how the run ended: what was going on can no longer be found out. */
export function loseRun(run: IRunState): IRunState {
  const steps = [...run.steps].map(([name, step]): [string, IStepRun] => {
    const open = step.state === 'running' || step.state === 'queued' || step.state === 'waiting';
    return [name, open ? { ...step, state: 'lost' } : step];
  });
  const lost: IRunState = { ...run, state: 'lost', phase: null, steps: new Map(steps) };
  return [...run.steps.keys()].reduce((state, step) => endCells(state, step), lost);
}

function stepOf(run: IRunState, name: string): IStepRun {
  return run.steps.get(name) ?? WAITING;
}

function withStep(run: IRunState, name: string, step: IStepRun): IRunState {
  return { ...run, steps: new Map(run.steps).set(name, step) };
}
