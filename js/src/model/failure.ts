/**
 * Why a run failed, put together from its error, its plan and its notebook.
 */
import type { INotebookContent, IOutput } from '@jupyterlab/nbformat';
import type { IUnit } from './detail';
import type { IArtifact, IStepError } from './events';
import { isOver } from './run';
import type { IRunState } from './runState';
import { sourceOf } from './sources';
import { parentOf } from './units';

export interface IFailure {
  readonly step: string | null;
  readonly error: IStepError;
  /** Of the cell that failed. */
  readonly source: string | null;
  readonly traceback: readonly IOutput[];
  /** What the step loaded, as the steps that made it described it. */
  readonly inputs: readonly IArtifact[];
  /** Name -> the step that made it. */
  readonly sources: Readonly<Record<string, string>>;
  /** Whether there is a step whose work need not be done again. */
  readonly canResume: boolean;
}

/**
 * Return why a run failed, or null where it did not. `told` is what the server says: of a lost run no
 * event does.
 */
export function failureOf(
  run: IRunState,
  units: readonly IUnit[],
  notebook: INotebookContent | null,
  told: IStepError | null
): IFailure | null {
  const error = run.error ?? (run.state === 'lost' ? told : null);
  if (error === null || !isOver(run.state)) {
    return null;
  }
  const steps = [...run.steps];
  const [step = null] = steps.find(([, { state }]) => BROKEN.has(state)) ?? [];
  const cell = error.cell ?? null;
  const unit = units.find(({ step: name }) => name === (parentOf(step) ?? step));
  return {
    step,
    error,
    source: cell === null || notebook === null ? null : sourceOf(notebook, cell),
    traceback: tracebackOf(error),
    inputs: inputsOf(run, unit),
    sources: unit?.inputs ?? {},
    canResume: canResume(run)
  };
}

/** Tell whether a run left something that need not be done again, and something to do. */
export function canResume(run: IRunState): boolean {
  const states = [...run.steps.values()].map(({ state }) => state);
  return (
    isOver(run.state) &&
    run.state !== 'succeeded' &&
    states.some(state => state === 'succeeded' || state === 'reused')
  );
}

const BROKEN: ReadonlySet<string> = new Set(['failed', 'crashed']);

function tracebackOf({ ename, evalue, traceback = [] }: IStepError): readonly IOutput[] {
  return traceback.length === 0
    ? []
    : [
        {
          output_type: 'error',
          ename: ename ?? '',
          evalue: evalue ?? '',
          traceback: [...traceback]
        }
      ];
}

/** Return what a step loads, as far as the steps that make it have told of it. */
export function inputsOf(run: IRunState, unit: IUnit | undefined): readonly IArtifact[] {
  return Object.entries(unit?.inputs ?? {}).map(
    ([name, from]) =>
      run.steps.get(from)?.artifacts.find(artifact => artifact.name === name) ?? { name }
  );
}
