import type { TranslationBundle } from '@jupyterlab/translation';
import { useLayoutEffect, useRef, useState } from 'react';
import type { JSX } from 'react';
import type { ILogLine, RunLog } from '../../model/runLog';

/** How many lines are drawn at first, and how many more on request. */
const PAGE = 300;

export interface ILogProps {
  readonly trans: TranslationBundle;
  readonly log: RunLog;
  /** When the run was accepted, by the driver's clock. */
  readonly begin: number | null;
}

/** The end of a run's log, which grows while it runs; what came before on request. */
export function Log({ trans, log, begin }: ILogProps): JSX.Element {
  const [shown, setShown] = useState(PAGE);
  const { lines, dropped } = log;
  const place = useEnd(lines.at(-1)?.number ?? -1);
  const hidden = Math.max(0, lines.length - shown);
  return (
    <div ref={place} className="nbprism-Log" role="log" tabIndex={0} aria-label={trans.__('Log')}>
      {hidden > 0 ? (
        <button type="button" className="nbprism-link" onClick={() => setShown(shown + 10 * PAGE)}>
          {trans.__('Show earlier lines (%1)', hidden)}
        </button>
      ) : dropped > 0 ? (
        <p className="nbprism-faint">
          {trans.__('%1 earlier lines are with their cells only.', dropped)}
        </p>
      ) : null}
      <ol style={{ '--nbprism-Log-name': `${nameWidth(lines)}ch` } as React.CSSProperties}>
        {lines.slice(hidden).map(line => (
          <Line key={line.number} line={line} begin={begin} />
        ))}
      </ol>
    </div>
  );
}

/** Return how many letters the column of steps has: all of their names, within reason. */
function nameWidth(lines: readonly ILogLine[]): number {
  return lines.reduce((most, { step }) => Math.max(most, Math.min(step?.length ?? 0, 30)), 0);
}

function Line(props: { readonly line: ILogLine; readonly begin: number | null }): JSX.Element {
  const { at, step, text, isOurs } = props.line;
  return (
    <li data-ours={isOurs}>
      <time>{props.begin === null ? '' : (at - props.begin).toFixed(1)}</time>
      <b>{step ?? ''}</b>
      <span>{text}</span>
    </li>
  );
}

/** Stay at the end as lines come, unless the user has scrolled up to read. */
function useEnd(last: number): React.RefObject<HTMLDivElement> {
  const place = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    const node = place.current;
    const onScroll = (): void => {
      isAtEnd.current =
        node !== null && node.scrollHeight - node.scrollTop - node.clientHeight < 24;
    };
    node?.addEventListener('scroll', onScroll);
    return () => node?.removeEventListener('scroll', onScroll);
  }, []);
  useLayoutEffect(() => {
    if (place.current !== null && isAtEnd.current) {
      place.current.scrollTop = place.current.scrollHeight;
    }
  }, [last]);
  return place;
}
