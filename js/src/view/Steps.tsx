import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import type { JSX } from 'react';
import type { IForecast } from '../model/forecast';
import type { IKernelTypes } from '../model/kernelTypes';
import type { ICellPlace, IPipeline } from '../model/pipeline';
import type { Problem } from '../model/problem';
import { isOver } from '../model/run';
import type { IRunState } from '../model/runState';
import type { IFormSchema } from '../model/settingsForm';
import type { IPanelActions } from './actions';
import { CellLinks } from './CellLinks';
import type { IClusterView } from './ClusterPicker';
import { StepTypes } from './KernelTypes';
import { SettingsForm } from './SettingsForm';
import { StepCard } from './StepCard';
import { waitsFor } from './stepSummary';

/** A step whose settings are being edited, and what there is to ask for. */
export interface IEditedStep {
  readonly step: string;
  readonly settings: JSONObject;
  /** Null while it is being loaded. */
  readonly schema: IFormSchema | null;
  readonly cluster: IClusterView;
  /** Why the step as it is can never be placed there. */
  readonly misfits: readonly string[];
  readonly problem: Problem | null;
}

export interface IStepsProps {
  readonly trans: TranslationBundle;
  readonly pipeline: IPipeline;
  readonly hues: ReadonlyMap<string, number>;
  readonly run: IRunState | null;
  /** The time by the driver's clock. */
  readonly now: number;
  /** Ids of cells with a tag of their own. */
  readonly tagged: ReadonlySet<string>;
  /** What a run would do now; null where it is not known. */
  readonly forecast: IForecast | null;
  /** What crosses between steps, as it is in the kernel. */
  readonly types: IKernelTypes;
  /** The step whose settings are open, or null. */
  readonly editing: IEditedStep | null;
  readonly actions: IPanelActions;
}

/** The steps in order, and what the other cells count as. */
export function Steps(props: IStepsProps): JSX.Element {
  const { trans, pipeline, hues, run, now, tagged, editing, actions } = props;
  const isOngoing = run !== null && !isOver(run.state);
  const places = new Map(pipeline.cells.map(place => [place.id, place]));
  return (
    <>
      <ol className="nbprism-Steps" aria-label={trans.__('Steps of the pipeline')}>
        {pipeline.steps.map(step => (
          <StepCard
            key={step.name}
            trans={trans}
            step={step}
            hue={hues.get(step.name) ?? 0}
            places={step.cells.map(id => places.get(id)).filter(place => place !== undefined)}
            tagged={tagged}
            run={run?.steps.get(step.name) ?? null}
            now={now}
            forecast={
              isOngoing ? null : (props.forecast?.steps.find(s => s.step === step.name) ?? null)
            }
            waitsFor={isOngoing ? waitsFor(trans, step, pipeline, run) : ''}
            canEdit={step.cells.some(id => tagged.has(id))}
            actions={actions}
          >
            <StepTypes
              trans={trans}
              pipeline={pipeline}
              step={step.name}
              types={props.types}
              artifacts={run?.steps.get(step.name)?.artifacts ?? []}
            />
            {editing?.step === step.name ? <Settings {...props} editing={editing} /> : null}
          </StepCard>
        ))}
      </ol>
      <OtherCells {...props} />
    </>
  );
}

function Settings({
  trans,
  pipeline,
  editing,
  actions
}: IStepsProps & { readonly editing: IEditedStep }): JSX.Element {
  const { step, schema, problem } = editing;
  if (schema === null) {
    return <p className="nbprism-faint">{problem?.message ?? trans.__('Loading…')}</p>;
  }
  return (
    <SettingsForm
      trans={trans}
      {...editing}
      schema={schema}
      others={pipeline.steps.map(({ name }) => name).filter(name => name !== step)}
      diagnostics={pipeline.diagnostics}
      onChange={settings => actions.setSettings(step, settings)}
      onClose={() => actions.editSettings(null)}
    />
  );
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
