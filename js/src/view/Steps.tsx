import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { ICellPlace, IPipeline } from '../model/pipeline';
import type { IRunState } from '../model/run';
import type { IPanelActions } from './actions';
import { CellLinks } from './CellLinks';
import { StepCard } from './StepCard';

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
  const { trans, pipeline, hues, run, now, tagged, actions } = props;
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
            canEdit={step.cells.some(id => tagged.has(id))}
            actions={actions}
          />
        ))}
      </ol>
      <OtherCells {...props} />
    </>
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
