import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
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
const ROOM_FOR_WORDS = 0.9;

/** When each step waited and worked, and what it used. */
export function Timeline(props: ITimelineProps): JSX.Element {
  const { trans, timeline } = props;
  const hasUsage = timeline.bars.some(bar => bar.cpuS !== null);
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
        </tr>
      </thead>
      <tbody>
        {timeline.bars.map(bar => (
          <Row key={bar.step} bar={bar} hasUsage={hasUsage} {...props} />
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

function Row(
  props: ITimelineProps & { readonly bar: IBar; readonly hasUsage: boolean }
): JSX.Element {
  const { trans, timeline, hues, selected, onSelect, bar, hasUsage } = props;
  return (
    <tr
      aria-selected={bar.step === selected}
      data-critical={bar.isCritical}
      style={{ '--nbprism-hue': hues.get(bar.step) ?? 0 } as React.CSSProperties}
    >
      <th scope="row">
        <button type="button" className="nbprism-Step-name" onClick={() => onSelect(bar.step)}>
          {bar.step}
        </button>
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
