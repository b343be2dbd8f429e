import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

/** What the user's kernel said when something was loaded into it. */
export interface ISaid {
  readonly state: 'asking' | 'done' | 'failed';
  readonly text: string;
}

/** The kernel's answer, until it was read. */
export function Said(props: {
  readonly trans: TranslationBundle;
  readonly said: ISaid;
  onDismiss(): void;
}): JSX.Element {
  const { trans, said, onDismiss } = props;
  return (
    <div
      className="nbprism-Said"
      data-state={said.state}
      role={said.state === 'failed' ? 'alert' : 'status'}
      aria-label={trans.__('Your kernel')}
    >
      <pre>{said.text}</pre>
      {said.state === 'asking' ? null : (
        <button type="button" className="nbprism-link" onClick={onDismiss}>
          {trans.__('Dismiss')}
        </button>
      )}
    </div>
  );
}
