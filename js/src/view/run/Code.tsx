import type { JSX } from 'react';

/** The source of a cell, with one line marked. */
export function Code(props: {
  readonly source: string;
  /** From 1. */
  readonly line?: number | null;
}): JSX.Element {
  return (
    <pre className="nbprism-CodeLines">
      {props.source.split('\n').map((text, index) => (
        <span key={index} data-marked={index + 1 === props.line}>
          {`${text}\n`}
        </span>
      ))}
    </pre>
  );
}
