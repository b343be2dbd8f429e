import type { JSX } from 'react';

/** A sentence in which what stands between backticks is code. */
export function Prose({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {text.split('`').map((part, index) =>
        // Every second part stood between two of them.
        index % 2 === 1 ? <code key={index}>{part}</code> : part
      )}
    </>
  );
}
