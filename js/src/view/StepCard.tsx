import type { TranslationBundle } from '@jupyterlab/translation';
import type { DragEvent, JSX, ReactNode } from 'react';
import { useState } from 'react';
import { staleness } from '../model/forecast';
import type { IStepForecast } from '../model/forecast';
import type { ICellPlace, IStep } from '../model/pipeline';
import { elapsed } from '../model/run';
import type { IStepRun } from '../model/runState';
import type { IPanelActions } from './actions';
import { CellLinks } from './CellLinks';
import { Prose } from './Prose';
import { dragged, isDragged, startDrag } from './drag';
import { State } from './State';
import { summary } from './stepSummary';

export interface IStepCardProps {
  readonly trans: TranslationBundle;
  readonly step: IStep;
  readonly hue: number;
  readonly places: readonly ICellPlace[];
  /** Ids of cells with a tag of their own. */
  readonly tagged: ReadonlySet<string>;
  readonly run: IStepRun | null;
  /** What a run would do with it; null where it is not known. */
  readonly forecast: IStepForecast | null;
  /** What it waits for, in words; empty where it does not. */
  readonly waitsFor: string;
  /** The time by the driver's clock. */
  readonly now: number;
  /** Whether the step is one of tags, which can be edited; the others are implied. */
  readonly canEdit: boolean;
  readonly actions: IPanelActions;
  /** What stands below it while it is edited. */
  readonly children?: ReactNode;
}

/** One step: what it is, how it goes, and what can be done with it. */
export function StepCard(props: IStepCardProps): JSX.Element {
  const { trans, step, hue, places, tagged, run, actions } = props;
  const drop = useDrop(props);
  return (
    <li
      className="nbprism-Step"
      style={{ '--nbprism-hue': hue } as React.CSSProperties}
      aria-label={step.name}
      {...drop}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        actions.openStepMenu(step.name, event.clientX, event.clientY);
      }}
    >
      <StepHead {...props} />
      <div className="nbprism-Step-line">
        <CellLinks trans={trans} places={places} tagged={tagged} actions={actions} />
        {summary(trans, step).map(part => (
          <span key={part}>{part}</span>
        ))}
      </div>
      <StepOutlook {...props} />
      <StepTrouble run={run} />
      {props.children}
    </li>
  );
}

function StepHead(props: IStepCardProps): JSX.Element {
  const { trans, step, places, run, now, canEdit, actions } = props;
  const [first] = places;
  return (
    <div
      className="nbprism-Step-head"
      draggable={canEdit}
      onDragStart={event => startDrag(event, { kind: 'step', name: step.name })}
    >
      <button
        type="button"
        className="nbprism-Step-name"
        title={trans.__('Go to the first cell of %1', step.name)}
        onClick={() => first !== undefined && actions.reveal(first.id)}
        onDoubleClick={() => canEdit && actions.renameStep(step.name)}
        onKeyDown={event => event.key === 'F2' && canEdit && actions.renameStep(step.name)}
      >
        {step.name}
      </button>
      {run === null ? null : (
        <State trans={trans} state={run.state} durationS={elapsed(run, now)} />
      )}
      {canEdit ? (
        <button
          type="button"
          className="nbprism-Step-menu"
          aria-haspopup="menu"
          aria-label={trans.__('What to do with step %1', step.name)}
          title={trans.__('Rename, merge, move, remove')}
          onClick={({ currentTarget }) => {
            const { left, bottom } = currentTarget.getBoundingClientRect();
            actions.openStepMenu(step.name, left, bottom);
          }}
        >
          ⋯
        </button>
      ) : null}
    </div>
  );
}

/** What it waits for while it waits, and afterwards whether it would run again. */
function StepOutlook({ trans, run, forecast, waitsFor }: IStepCardProps): JSX.Element | null {
  const isComputed = run?.state === 'succeeded' || run?.state === 'reused';
  const stale = isComputed ? staleness(forecast) : null;
  if (waitsFor !== '') {
    return <div className="nbprism-Step-reason">{waitsFor}</div>;
  }
  return stale === null ? null : (
    <div className="nbprism-Step-reason nbprism-Step-stale">
      <Prose text={trans.__('stale: %1', stale)} />
    </div>
  );
}

function StepTrouble({ run }: Pick<IStepCardProps, 'run'>): JSX.Element | null {
  const error = run?.state === 'succeeded' ? null : (run?.error ?? null);
  return (
    <>
      {error === null ? null : (
        <div className="nbprism-Step-error">
          {[error.ename, error.evalue].filter(Boolean).join(': ')}
        </div>
      )}
      {run?.reason ? <div className="nbprism-Step-reason">{run.reason}</div> : null}
    </>
  );
}

type Where = 'before' | 'into' | 'after';

interface IDropProps {
  readonly 'data-drop': Where | undefined;
  onDragOver(event: DragEvent<HTMLElement>): void;
  onDragLeave(): void;
  onDrop(event: DragEvent<HTMLElement>): void;
}

/** A cell is dropped into a step; a step above or below it, where the pointer is. */
function useDrop({ step, canEdit, actions }: IStepCardProps): IDropProps {
  const [where, setWhere] = useState<Where>();
  return {
    'data-drop': where,
    onDragOver: event => {
      if (!canEdit || !isDragged(event)) {
        return;
      }
      event.preventDefault();
      const { top, height } = event.currentTarget.getBoundingClientRect();
      const half = event.clientY < top + height / 2 ? 'before' : 'after';
      setWhere(isDragged(event, 'cell') ? 'into' : half);
    },
    onDragLeave: () => setWhere(undefined),
    onDrop: event => {
      const item = dragged(event);
      event.preventDefault();
      setWhere(undefined);
      if (item?.kind === 'cell') {
        actions.giveCell(item.id, step.name);
      } else if (item?.kind === 'step' && where !== undefined && where !== 'into') {
        actions.moveStep(item.name, where, step.name);
      }
    }
  };
}
