import type { INotebookContent } from '@jupyterlab/nbformat';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { IUnit } from '../../model/detail';
import type { RunOutputs } from '../../model/outputs';
import { elapsed } from '../../model/run';
import type { IRunState } from '../../model/runState';
import { sourceOf } from '../../model/sources';
import { State } from '../State';
import { Code } from './Code';
import { Items } from './Items';
import { Outputs } from './Outputs';
import { Values } from './Values';
import type { IResultActions } from './actions';

export interface IStepDetailProps {
  readonly trans: TranslationBundle;
  readonly unit: IUnit;
  readonly units: readonly IUnit[];
  readonly run: IRunState;
  readonly now: number;
  readonly outputs: RunOutputs;
  readonly notebook: INotebookContent | null;
  readonly hue: number;
  readonly actions: IResultActions;
}

/** One step of a run: its cells with what they showed, what it took and what it gave. */
export function StepDetail(props: IStepDetailProps): JSX.Element {
  const { trans, unit, run, now, hue } = props;
  const step = run.steps.get(unit.step);
  return (
    <section
      className="nbprism-StepDetail nbprism-mod-hue"
      aria-label={trans.__('Step %1', unit.step)}
      style={{ '--nbprism-hue': hue } as React.CSSProperties}
    >
      <h3>
        <span className="nbprism-Step-name">{unit.step}</span>
        {step === undefined ? null : (
          <State trans={trans} state={step.state} durationS={elapsed(step, now)} />
        )}
      </h3>
      {step?.reason ? <p className="nbprism-faint">{step.reason}</p> : null}
      {step === undefined ? null : <Items trans={trans} step={step} now={now} />}
      {unit.cells.map(cell => (
        <CellDetail key={cell} {...props} cell={cell} />
      ))}
      <Values
        trans={trans}
        title={trans.__('It gave')}
        artifacts={step?.artifacts ?? []}
        mount={props.actions.mount}
        onLoad={name => props.actions.loadValue(unit.step, name)}
      />
    </section>
  );
}

function CellDetail({
  trans,
  cell,
  run,
  outputs,
  notebook,
  actions
}: IStepDetailProps & { readonly cell: string }): JSX.Element {
  const source = notebook === null ? null : sourceOf(notebook, cell);
  const shown = outputs.get(cell)?.outputs ?? [];
  const error = run.error?.cell === cell ? run.error : null;
  return (
    <article className="nbprism-CellDetail">
      {source === null ? null : <Code source={source} line={error?.line ?? null} />}
      {shown.length === 0 ? null : <Outputs outputs={shown} mount={actions.mount} />}
      <button
        type="button"
        className="nbprism-link"
        onClick={() => actions.reveal(cell, error?.line ?? null)}
      >
        {trans.__('Go to the cell')}
      </button>
    </article>
  );
}
