import type { IResultView } from './shown';
import type { TranslationBundle } from '@jupyterlab/translation';
import { useRef, useState } from 'react';
import type { JSX } from 'react';
import { timelineOf } from '../../model/timeline';
import type { ITimeline } from '../../model/timeline';
import { duration } from '../../model/words';
import { Tabs } from '../Tabs';
import { Graph } from '../graph/Graph';
import { Failure } from './Failure';
import { Log } from './Log';
import { NotebookCells } from './NotebookCells';
import { RunHead } from './RunHead';
import { Said } from './Said';
import { StepDetail } from './StepDetail';
import { Timeline } from './Timeline';
import type { IResultActions } from './actions';

export interface IRunViewProps {
  readonly trans: TranslationBundle;
  readonly view: IResultView;
  readonly actions: IResultActions;
}

/** One run: how it went, what each step did, what it left. */
export function RunView({ trans, view, actions }: IRunViewProps): JSX.Element {
  const { run, units, usage, now, problem, selected } = view;
  const timeline = timelineOf(run, units, usage, now);
  const unit = units.find(item => item.step === selected);
  const detail = useRef<HTMLDivElement>(null);
  return (
    <div className="nbprism-Run">
      <RunHead trans={trans} view={view} actions={actions} />
      {problem === null ? null : (
        <div className="nbprism-Trouble" role="alert">
          <p>{problem.message}</p>
          <button type="button" className="nbprism-link" onClick={() => actions.dismiss()}>
            {trans.__('Dismiss')}
          </button>
        </div>
      )}
      {view.said === null ? null : (
        <Said trans={trans} said={view.said} onDismiss={() => actions.dismissSaid()} />
      )}
      <Failure trans={trans} view={view} actions={actions} />
      <div className="nbprism-Run-parts">
        <Overview trans={trans} view={view} actions={actions} timeline={timeline} />
        <div className="nbprism-Run-detail" ref={detail} tabIndex={-1}>
          {unit === undefined ? (
            <NotebookCells trans={trans} view={view} actions={actions} />
          ) : (
            <>
              <button
                type="button"
                className="nbprism-link"
                onClick={() => {
                  detail.current?.focus(); // the button goes, and must not take the keyboard along
                  actions.select(null);
                }}
              >
                {trans.__('← The whole notebook')}
              </button>
              <StepDetail
                trans={trans}
                {...view}
                unit={unit}
                hue={view.hues.get(unit.step) ?? 0}
                actions={actions}
              />
            </>
          )}
        </div>
      </div>
    </div>
  );
}

type Part = 'graph' | 'timeline' | 'log';

/** The graph, the timeline or the log. */
function Overview(props: IRunViewProps & { readonly timeline: ITimeline }): JSX.Element {
  const { trans, view, actions, timeline } = props;
  const [shown, setShown] = useState<Part>('graph');
  const words = { graph: trans.__('Graph'), timeline: trans.__('Timeline'), log: trans.__('Log') };
  return (
    <div className="nbprism-Run-overview">
      <Tabs<Part>
        label={trans.__('Steps of the run')}
        names={words}
        shown={shown}
        onShow={setShown}
      >
        {shown === 'graph' ? (
          <div className="nbprism-Run-graph">
            <Graph
              trans={trans}
              graph={view.graph}
              hues={view.hues}
              run={view.run}
              now={view.now}
              selected={view.selected}
              onSelect={step => actions.select(step)}
              onExport={() => actions.exportGraph()}
            />
          </div>
        ) : shown === 'log' ? (
          <Log trans={trans} log={view.lines} begin={view.run.acceptedAt} />
        ) : (
          <>
            <Timeline
              trans={trans}
              timeline={timeline}
              hues={view.hues}
              selected={view.selected}
              onSelect={step => actions.select(step)}
            />
            {timeline.criticalS === 0 ? null : (
              <p className="nbprism-faint">
                {trans.__(
                  'The steps in bold decide how long the run takes: they worked %1 of %2.',
                  duration(timeline.criticalS),
                  duration(timeline.lengthS)
                )}
              </p>
            )}
          </>
        )}
      </Tabs>
    </div>
  );
}
