import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { ICellPlace, IPipeline, IStep, IStepSettings } from '../model/pipeline';
import type { IRunState, IStepRun } from '../model/run';
import { bytes } from '../model/words';
import type { IPanelActions } from './actions';
import { State } from './State';

export interface IStepsProps {
  readonly trans: TranslationBundle;
  readonly pipeline: IPipeline;
  readonly hues: ReadonlyMap<string, number>;
  readonly run: IRunState | null;
  /** The time by the driver's clock. */
  readonly now: number;
  /** Ids of cells with a tag of their own. */
  readonly tagged: ReadonlySet<string>;
  readonly actions: IPanelActions;
}

/** The steps in order, and what the other cells count as. */
export function Steps(props: IStepsProps): JSX.Element {
  const { pipeline, trans } = props;
  return (
    <>
      <ol className="nbprism-Steps" aria-label={trans.__('Steps of the pipeline')}>
        {pipeline.steps.map(step => (
          <StepRow key={step.name} step={step} {...props} />
        ))}
      </ol>
      <OtherCells {...props} />
    </>
  );
}

function StepRow({ step, ...props }: IStepsProps & { readonly step: IStep }): JSX.Element {
  const { trans, pipeline, hues, run, now, tagged, actions } = props;
  const stepRun = run?.steps.get(step.name) ?? null;
  const error = stepRun?.error ?? null;
  const places = step.cells
    .map(id => pipeline.cells.find(cell => cell.id === id))
    .filter(place => place !== undefined);
  const [first] = step.cells;
  return (
    <li
      className="nbprism-Step"
      style={{ '--nbprism-hue': hues.get(step.name) ?? 0 } as React.CSSProperties}
    >
      <div className="nbprism-Step-head">
        <button
          type="button"
          className="nbprism-Step-name"
          title={trans.__('Go to the first cell of %1', step.name)}
          onClick={() => first !== undefined && actions.reveal(first)}
        >
          {step.name}
        </button>
        {stepRun === null ? null : (
          <State trans={trans} state={stepRun.state} durationS={elapsed(stepRun, now)} />
        )}
      </div>
      <div className="nbprism-Step-line">
        <CellLinks trans={trans} places={places} tagged={tagged} actions={actions} />
        {summary(trans, step).map(part => (
          <span key={part}>{part}</span>
        ))}
      </div>
      {error === null || stepRun?.state === 'succeeded' ? null : (
        <div className="nbprism-Step-error">
          {[error.ename, error.evalue].filter(Boolean).join(': ')}
        </div>
      )}
      {stepRun?.reason ? <div className="nbprism-Step-reason">{stepRun.reason}</div> : null}
    </li>
  );
}

function elapsed({ state, startedAt, durationS }: IStepRun, now: number): number | null {
  return state === 'running' && startedAt !== null ? Math.max(0, now - startedAt) : durationS;
}

interface ICellLinksProps {
  readonly trans: TranslationBundle;
  readonly places: readonly ICellPlace[];
  readonly tagged: ReadonlySet<string>;
  readonly actions: IPanelActions;
}

/** Links to cells by their position; those without a tag of their own are in italics. */
function CellLinks({ trans, places, tagged, actions }: ICellLinksProps): JSX.Element {
  return (
    <span className="nbprism-CellLinks">
      {trans._n('cell', 'cells', places.length)}
      {places.map(place => (
        <button
          key={place.id}
          type="button"
          className="nbprism-link"
          data-implied={!tagged.has(place.id)}
          title={
            tagged.has(place.id)
              ? trans.__('Go to cell %1', place.index + 1)
              : trans.__('Go to cell %1, which has no tag of its own', place.index + 1)
          }
          onClick={() => actions.reveal(place.id)}
        >
          {place.index + 1}
        </button>
      ))}
    </span>
  );
}

/** Return what a step takes, gives and asks for, each in a few words. */
export function summary(trans: TranslationBundle, step: IStep): readonly string[] {
  const inputs = step.inputs.map(input => input.name);
  const after = step.settings.after ?? [];
  return [
    inputs.length > 0 ? trans.__('needs %1', few(inputs)) : '',
    step.outputs.length > 0 ? trans.__('gives %1', few(step.outputs)) : '',
    after.length > 0 ? trans.__('after %1', few(after)) : '',
    resources(trans, step.settings)
  ].filter(part => part !== '');
}

function few(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown}, +${names.length - 4}` : shown;
}

function resources(trans: TranslationBundle, settings: IStepSettings): string {
  const { cpus = 1, gpus = 0, memory = null, accelerator_type: type = null } = settings;
  const parts = [
    cpus === 1 ? '' : trans.__('%1 CPU', cpus),
    gpus === 0 ? '' : trans.__('%1 GPU', type === null ? gpus : `${gpus} ${type}`),
    memory === null ? '' : bytes(memory)
  ];
  return parts.filter(part => part !== '').join(', ');
}

/** Cells outside of steps: nothing is left out silently. */
function OtherCells({ trans, pipeline, tagged, actions }: IStepsProps): JSX.Element | null {
  const others = pipeline.cells.filter(cell => cell.step === null && cell.role !== 'text');
  const roles = [...new Set(others.map(cell => cell.role))];
  if (roles.length === 0) {
    return null;
  }
  return (
    <dl className="nbprism-OtherCells">
      {roles.map(role => (
        <div key={role}>
          <dt>{role}</dt>
          <dd>
            <CellLinks
              trans={trans}
              places={others.filter(cell => cell.role === role)}
              tagged={tagged}
              actions={actions}
            />
            <span className="nbprism-faint">{meaning(trans, role)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function meaning(trans: TranslationBundle, role: ICellPlace['role']): string {
  switch (role) {
    case 'setup':
      return trans.__('not tagged, above the first step: replayed where needed');
    case 'imports':
    case 'functions':
      return trans.__('replayed where needed');
    case 'parameters':
      return trans.__('set anew by each run');
    case 'skip':
      return trans.__('not part of the pipeline');
    default:
      return '';
  }
}
