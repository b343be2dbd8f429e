import type { TranslationBundle } from '@jupyterlab/translation';
import { useMemo } from 'react';
import type { JSX } from 'react';
import type { IArtifact } from '../../model/events';
import { previewOutputs } from '../../model/preview';
import { bytes } from '../../model/words';
import { Outputs } from './Outputs';
import type { Mount } from './actions';

export interface IValuesProps {
  readonly trans: TranslationBundle;
  readonly title: string;
  readonly artifacts: readonly IArtifact[];
  readonly mount: Mount;
}

/** Values that crossed between steps: what they are, how large, their first rows. */
export function Values({ trans, title, artifacts, mount }: IValuesProps): JSX.Element | null {
  if (artifacts.length === 0) {
    return null;
  }
  return (
    <div className="nbprism-Values">
      <h4>{title}</h4>
      {artifacts.map(artifact => (
        <Value key={artifact.name} trans={trans} artifact={artifact} mount={mount} />
      ))}
    </div>
  );
}

function Value({
  trans,
  artifact,
  mount
}: Omit<IValuesProps, 'title' | 'artifacts'> & { readonly artifact: IArtifact }): JSX.Element {
  const { name, type, preview, unsupported } = artifact;
  const outputs = useMemo(() => previewOutputs(artifact), [artifact]);
  const size = typeof artifact.bytes === 'number' ? bytes(artifact.bytes) : '';
  return (
    <details className="nbprism-Value">
      <summary>
        <code>{name}</code>
        <span>{preview}</span>
        <span className="nbprism-faint">{[type, size].filter(Boolean).join(' · ')}</span>
      </summary>
      {unsupported ? <p className="nbprism-faint">{unsupported}</p> : null}
      {outputs.length > 0 ? <Outputs outputs={outputs} mount={mount} /> : null}
      {!unsupported && outputs.length === 0 ? (
        <p className="nbprism-faint">{trans.__('There is no preview of it.')}</p>
      ) : null}
    </details>
  );
}
