import type { TranslationBundle } from '@jupyterlab/translation';
import { useState } from 'react';
import type { JSX, ReactNode } from 'react';
import { ticks } from '../../model/timeline';
import type { IBar, ITimeline } from '../../model/timeline';
import { bytes, duration } from '../../model/words';
import { State } from '../State';

export interface ITimelineProps {
  readonly trans: TranslationBundle;
  readonly timeline: ITimeline;
  readonly hues: ReadonlyMap<string, number>;
  readonly selected: string | null;
  onSelect(step: string): void;
}

/** The part of the axis in which a mark may begin: its words need some room after it. */
const ROOM_FOR_WORDS = 0.75;

/** When each step waited and worked, and what it used. */
export function Timeline(props: ITimelineProps): JSX.Element {
  const { trans, timeline } = props;
  const hasUsage = timeline.bars.some(bar => bar.cpuS !== null);
  const hasGpus = timeline.bars.some(bar => bar.gpus > 0);
  return (
    <table className="nbprism-Timeline">
      <caption className="nbprism-visuallyHidden">{trans.__('Timeline of the steps')}</caption>
      <thead>
        <tr>
          <th scope="col">{trans.__('Step')}</th>
          <th scope="col" className="nbprism-Timeline-axis">
            <Axis timeline={timeline} />
          </th>
          <th scope="col">{trans.__('State')}</th>
          <th scope="col">{trans.__('Wall')}</th>
          {hasUsage ? (
            <>
              <th scope="col">{trans.__('CPU')}</th>
              <th scope="col" title={trans.__('Peak of the memory')}>
                {trans.__('Memory')}
              </th>
            </>
          ) : null}
          {hasGpus ? (
            <th scope="col" title={trans.__('GPUs reserved')}>
              {trans.__('GPU')}
            </th>
          ) : null}
        </tr>
      </thead>
      <tbody>
        {timeline.bars.map(bar => (
          <Rows key={bar.step} bar={bar} hasUsage={hasUsage} hasGpus={hasGpus} {...props} />
        ))}
      </tbody>
    </table>
  );
}

function Axis({ timeline }: { readonly timeline: ITimeline }): JSX.Element {
  return (
    <div className="nbprism-Timeline-lane" aria-hidden="true">
      {ticks(timeline.lengthS * ROOM_FOR_WORDS).map(at => (
        <span key={at} style={{ left: share(at, timeline) }}>
          {at === 0 ? '0' : duration(at)}
        </span>
      ))}
    </div>
  );
}

type IRowProps = ITimelineProps & {
  readonly bar: IBar;
  readonly hasUsage: boolean;
  readonly hasGpus: boolean;
};

/** How many items of one step are shown: a list may have a thousand. */
const MOST_ITEMS = 200;

/** A step, and its items where the user wants to see them. */
function Rows(props: IRowProps): JSX.Element {
  const { bar, trans } = props;
  const [isOpen, setOpen] = useState(false);
  const items = isOpen ? bar.items.slice(0, MOST_ITEMS) : [];
  const more = isOpen ? bar.items.length - items.length : 0;
  return (
    <>
      <Row {...props}>
        {bar.items.length === 0 ? null : (
          <button
            type="button"
            className="nbprism-Timeline-open"
            aria-expanded={isOpen}
            aria-label={trans.__('Items of %1', bar.step)}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? '▾' : '▸'} {bar.progress}
          </button>
        )}
      </Row>
      {items.map(item => (
        <Row key={item.step} {...props} bar={item} of={bar.step} />
      ))}
      {more > 0 ? (
        <tr data-depth="1">
          <td colSpan={3} className="nbprism-faint">
            {trans.__('and %1 more; the step itself lists all of them', more)}
          </td>
        </tr>
      ) : null}
    </>
  );
}

function Row(
  props: IRowProps & {
    /** The step that it is an item of. */
    readonly of?: string;
    readonly children?: ReactNode;
  }
): JSX.Element {
  const { trans, timeline, hues, selected, onSelect, bar, hasUsage, hasGpus, of } = props;
  return (
    <tr
      aria-selected={bar.step === selected}
      data-critical={bar.isCritical}
      data-depth={of === undefined ? 0 : 1}
      style={{ '--nbprism-hue': hues.get(of ?? bar.step) ?? 0 } as React.CSSProperties}
    >
      <th scope="row">
        <button
          type="button"
          className="nbprism-Step-name"
          title={bar.step}
          onClick={() => onSelect(of ?? bar.step)}
        >
          {of === undefined ? bar.step : `${bar.step.slice(of.length)} ${bar.label}`}
        </button>
        {props.children}
      </th>
      <td className="nbprism-Timeline-axis">
        <div className="nbprism-Timeline-lane" title={words(trans, bar)}>
          <Lane timeline={timeline} bar={bar} />
        </div>
      </td>
      <td>
        <State trans={trans} state={bar.state} />
        {bar.attempts > 1 ? (
          <span className="nbprism-faint"> {trans.__('attempt %1', bar.attempts)}</span>
        ) : null}
      </td>
      <td>{bar.wallS === null ? '' : duration(bar.wallS)}</td>
      {hasUsage ? (
        <>
          <td>{bar.cpuS === null ? '' : duration(bar.cpuS)}</td>
          <td>{bar.peakMemory === null ? '' : bytes(bar.peakMemory)}</td>
        </>
      ) : null}
      {hasGpus ? <td>{bar.gpus === 0 ? '' : bar.gpus}</td> : null}
    </tr>
  );
}

function Lane({
  timeline,
  bar
}: Pick<ITimelineProps, 'timeline'> & { readonly bar: IBar }): JSX.Element {
  const { queuedS, startS, endS } = bar;
  const waited = startS ?? (queuedS === null ? null : timeline.lengthS);
  return (
    <>
      {queuedS === null || waited === null ? null : (
        <i
          className="nbprism-Timeline-wait"
          style={{ left: share(queuedS, timeline), width: share(waited - queuedS, timeline) }}
        />
      )}
      {startS === null || endS === null ? null : (
        <i
          className="nbprism-Timeline-work"
          data-state={bar.state}
          style={{ left: share(startS, timeline), width: share(endS - startS, timeline) }}
        />
      )}
    </>
  );
}

function words(trans: TranslationBundle, bar: IBar): string {
  const waited = bar.startS === null || bar.queuedS === null ? 0 : bar.startS - bar.queuedS;
  return [
    bar.startS === null ? '' : trans.__('started after %1', duration(bar.startS)),
    waited < 0.05 ? '' : trans.__('waited %1 for room', duration(waited)),
    bar.isCritical ? trans.__('on the critical path') : ''
  ]
    .filter(Boolean)
    .join(', ');
}

function share(seconds: number, { lengthS }: ITimeline): string {
  return `${Math.min(100, Math.max(0, (100 * seconds) / lengthS))}%`;
}
