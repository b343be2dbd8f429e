import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { ICellPlace } from '../model/pipeline';
import type { IPanelActions } from './actions';
import { startDrag } from './drag';

export interface ICellLinksProps {
  readonly trans: TranslationBundle;
  readonly places: readonly ICellPlace[];
  readonly tagged: ReadonlySet<string>;
  readonly actions: IPanelActions;
}

/** Links to cells by their position; those without a tag of their own are in italics. */
export function CellLinks({ trans, places, tagged, actions }: ICellLinksProps): JSX.Element {
  return (
    <span className="nbprism-CellLinks">
      {trans._n('cell', 'cells', places.length)}
      {places.map(place => (
        <button
          key={place.index}
          type="button"
          className="nbprism-link"
          draggable
          data-implied={!tagged.has(place.id)}
          title={
            tagged.has(place.id)
              ? trans.__('Go to cell %1; drag it to another step', place.index + 1)
              : trans.__('Go to cell %1, which has no tag of its own', place.index + 1)
          }
          onDragStart={event => startDrag(event, { kind: 'cell', id: place.id })}
          onClick={() => actions.reveal(place.id)}
        >
          {place.index + 1}
        </button>
      ))}
    </span>
  );
}
