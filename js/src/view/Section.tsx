import type { JSX, ReactNode } from 'react';

export interface ISectionProps {
  readonly title: string;
  /** A number beside the title. */
  readonly count?: number;
  readonly isOpen?: boolean;
  readonly children: ReactNode;
}

/** A part of the panel that can be folded away. */
export function Section({ title, count, isOpen = true, children }: ISectionProps): JSX.Element {
  return (
    <details className="nbprism-Section" open={isOpen}>
      <summary className="nbprism-Section-title">
        <span>{title}</span>
        {count === undefined ? null : <span className="nbprism-Section-count">{count}</span>}
      </summary>
      <div className="nbprism-Section-body">{children}</div>
    </details>
  );
}
