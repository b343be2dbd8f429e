import type { JSX, ReactNode } from 'react';

export interface IEmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
}

/** Nothing to show, and what to do about it. */
export function Empty({ title, children }: IEmptyProps): JSX.Element {
  return (
    <div className="nbprism-Empty">
      <p className="nbprism-Empty-title">{title}</p>
      {children}
    </div>
  );
}
