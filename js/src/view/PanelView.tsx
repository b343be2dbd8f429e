import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { FeedState } from '../model/feed';
import type { IForecast } from '../model/forecast';
import type { IKernelTypes } from '../model/kernelTypes';
import type { IPipeline } from '../model/pipeline';
import type { Problem } from '../model/problem';
import { isOver } from '../model/run';
import type { IRunState } from '../model/runState';
import type { Busy } from '../model/runs';
import type { IPanelActions } from './actions';
import type { IClusterView } from './ClusterPicker';
import { Empty } from './Empty';
import { LookAtKernel } from './KernelTypes';
import { LastRun } from './LastRun';
import { Parameters } from './Parameters';
import { Problems } from './Problems';
import { RunBar } from './RunBar';
import { Section } from './Section';
import { Steps } from './Steps';
import type { IEditedStep } from './Steps';
import { TagBox } from './TagBox';
import type { ISelection } from './TagBox';
import { Trouble } from './Trouble';

/** What the panel shows of one notebook. */
export interface INotebookView {
  readonly name: string;
  readonly pipeline: IPipeline | null;
  readonly isTagged: boolean;
  /** Whether what is shown may change by itself in a moment: it is being compiled or forecast. */
  readonly isBehind: boolean;
  /** The steps that cells are tagged with; not those that the compiler makes itself. */
  readonly steps: readonly string[];
  readonly hues: ReadonlyMap<string, number>;
  /** Ids of the cells with a tag of their own. */
  readonly tagged: ReadonlySet<string>;
  readonly selection: ISelection;
  /** The step whose settings are open, or null. */
  readonly editing: IEditedStep | null;
  readonly run: IRunState | null;
  /** The time by the driver's clock. */
  readonly now: number;
  readonly feed: FeedState | null;
  readonly busy: Busy;
  /** Where the next run goes. */
  readonly cluster: IClusterView;
  /** What crosses between steps, as it is in the kernel. */
  readonly types: IKernelTypes;
  /** What a run would do now; null where it is not known. */
  readonly forecast: IForecast | null;
  readonly problem: Problem | null;
  /** Whether the problem goes away by being read. */
  readonly canDismiss: boolean;
  /** What is typed for the next run's parameters, and which of it is no value. */
  readonly texts: ReadonlyMap<string, string>;
  readonly wrong: readonly string[];
  /** How many runs the parameters ask for; more than one is a sweep. */
  readonly points: number;
  /** How many cells do not show what the run has for them. */
  readonly offered: number;
}

export interface IPanelViewProps {
  readonly trans: TranslationBundle;
  /** The notebook a user works with; null where none is open. */
  readonly notebook: INotebookView | null;
  /** Whether what is open is what a run executed. */
  readonly isExecuted: boolean;
  readonly actions: IPanelActions;
}

/** The whole side panel. */
export function PanelView(props: IPanelViewProps): JSX.Element {
  const { trans, notebook, isExecuted, actions } = props;
  if (isExecuted) {
    return (
      <Empty title={trans.__('The notebook as a run executed it')}>
        <p>{trans.__('It is for reading. Go back to its source to tag cells and run again.')}</p>
      </Empty>
    );
  }
  if (notebook === null) {
    return (
      <Empty title={trans.__('No notebook is open')}>
        <p>{trans.__('Open a notebook to tag its cells as steps and run it as a pipeline.')}</p>
      </Empty>
    );
  }
  const { name, pipeline, problem, run } = notebook;
  return (
    <div className="nbprism-Notebook" aria-busy={notebook.isBehind}>
      <div className="nbprism-Header">
        <h2 title={name}>{name}</h2>
        <RunBar trans={trans} actions={actions} hasProblem={problem !== null} {...notebook} />
      </div>
      {problem === null ? null : (
        <Trouble
          trans={trans}
          problem={problem}
          canDismiss={notebook.canDismiss}
          actions={actions}
        />
      )}
      <Section title={trans.__('Tag cells')}>
        <TagBox trans={trans} actions={actions} {...notebook} />
      </Section>
      {pipeline === null || pipeline.diagnostics.length === 0 ? null : (
        <Section title={trans.__('Problems')} count={pipeline.diagnostics.length}>
          <Problems
            trans={trans}
            diagnostics={pipeline.diagnostics}
            cells={pipeline.cells}
            actions={actions}
          />
        </Section>
      )}
      {pipeline === null || pipeline.parameters.length === 0 ? null : (
        <Section title={trans.__('Parameters of the next run')}>
          <Parameters
            trans={trans}
            {...notebook}
            parameters={pipeline.parameters}
            actions={actions}
          />
        </Section>
      )}
      {run === null ? null : (
        <Section title={isOver(run.state) ? trans.__('Last run') : trans.__('This run')}>
          <LastRun trans={trans} {...notebook} run={run} actions={actions} />
        </Section>
      )}
      {pipeline === null ? null : (
        <StepsSection trans={trans} actions={actions} notebook={notebook} pipeline={pipeline} />
      )}
    </div>
  );
}

interface IStepsSectionProps {
  readonly trans: TranslationBundle;
  readonly notebook: INotebookView;
  readonly pipeline: IPipeline;
  readonly actions: IPanelActions;
}

function StepsSection({ trans, notebook, pipeline, actions }: IStepsSectionProps): JSX.Element {
  return (
    <Section title={trans.__('Steps')} count={pipeline.steps.length}>
      {notebook.isTagged ? null : (
        <Empty title={trans.__('This notebook has no steps yet')}>
          <p>
            {trans.__(
              'Select cells and tag them: all cells with the same name become one step. Without any tag the whole notebook runs as one step.'
            )}
          </p>
          <button type="button" className="jp-mod-styled" onClick={() => actions.suggest()}>
            {trans.__('Suggest steps…')}
          </button>
        </Empty>
      )}
      {pipeline.steps.length < 2 ? null : (
        <>
          <button
            type="button"
            className="nbprism-link nbprism-Steps-link"
            onClick={() => actions.openGraph()}
          >
            {trans.__('Show the graph')}
          </button>
          <LookAtKernel trans={trans} types={notebook.types} actions={actions} />
        </>
      )}
      <Steps trans={trans} actions={actions} {...notebook} pipeline={pipeline} />
    </Section>
  );
}
