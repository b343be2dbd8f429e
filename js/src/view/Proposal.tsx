import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import { hues } from '../model/colours';
import type { IProposedGroup } from '../model/proposal';

export interface IProposalProps {
  readonly trans: TranslationBundle;
  readonly groups: readonly IProposedGroup[];
}

/** Which cells would go where. */
export function Proposal({ trans, groups }: IProposalProps): JSX.Element {
  const colours = hues(groups.filter(({ kind }) => kind === 'step').map(({ name }) => name));
  return (
    <div className="nbprism-Proposal">
      <p>{trans.__('The cells would be tagged like this. One undo takes it back.')}</p>
      <dl>
        {groups.map(({ kind, name, cells }) => (
          <div
            key={`${kind}-${name}`}
            className="nbprism-Proposal-group"
            style={{ '--nbprism-hue': colours.get(name) ?? 0 } as React.CSSProperties}
          >
            <dt>
              <span className="nbprism-Pill" data-kind={kind}>
                {name}
              </span>
            </dt>
            {cells.map(cell => (
              <dd key={cell.number}>
                <span className="nbprism-Proposal-number">{cell.number}</span>
                <code>{cell.gist}</code>
              </dd>
            ))}
          </div>
        ))}
      </dl>
    </div>
  );
}
