import type { TranslationBundle } from '@jupyterlab/translation';
import { useMemo } from 'react';
import type { JSX } from 'react';
import type { IArtifact } from '../../model/events';
import { previewOutputs } from '../../model/preview';
import { bytes } from '../../model/words';
import { Outputs } from './Outputs';
import { Table } from './Table';
import type { Mount } from './actions';

export interface IValuesProps {
  readonly trans: TranslationBundle;
  readonly title: string;
  readonly artifacts: readonly IArtifact[];
  readonly mount: Mount;
  /** Put a value into the user's kernel. */
  onLoad(name: string): void;
}

/** Values that crossed between steps: what they are, how large, their first rows. */
export function Values(props: IValuesProps): JSX.Element | null {
  const { title, artifacts } = props;
  if (artifacts.length === 0) {
    return null;
  }
  return (
    <div className="nbprism-Values">
      <h4>{title}</h4>
      {artifacts.map(artifact => (
        <Value key={artifact.name} {...props} artifact={artifact} />
      ))}
    </div>
  );
}

function Value(props: IValuesProps & { readonly artifact: IArtifact }): JSX.Element {
  const { trans, artifact, onLoad } = props;
  const { name, type, preview, unsupported, digest } = artifact;
  const size = typeof artifact.bytes === 'number' ? bytes(artifact.bytes) : '';
  return (
    <details className="nbprism-Value">
      <summary>
        <code>{name}</code>
        <span>{preview}</span>
        <span className="nbprism-faint">{[type, size].filter(Boolean).join(' · ')}</span>
      </summary>
      <Preview {...props} />
      {unsupported || !digest ? null : (
        <button
          type="button"
          className="nbprism-link"
          title={trans.__("%1 in the notebook's kernel becomes this value", name)}
          onClick={() => onLoad(name)}
        >
          {trans.__('Load %1 into my kernel', name)}
        </button>
      )}
    </details>
  );
}

function Preview(props: IValuesProps & { readonly artifact: IArtifact }): JSX.Element | null {
  const { trans, artifact, mount } = props;
  const { unsupported, table } = artifact;
  const outputs = useMemo(() => previewOutputs(artifact), [artifact]);
  if (unsupported) {
    return <p className="nbprism-faint">{unsupported}</p>;
  }
  if (table) {
    return <Table trans={trans} table={table} shape={artifact.shape ?? []} />;
  }
  if (outputs.length > 0) {
    return <Outputs outputs={outputs} mount={mount} />;
  }
  return artifact.preview ? null : (
    <p className="nbprism-faint">{trans.__('There is no preview of it.')}</p>
  );
}
