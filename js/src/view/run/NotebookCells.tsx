import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import { codeOf } from '../../model/sources';
import type { IResultView } from './shown';
import { Code } from './Code';
import { Outputs } from './Outputs';
import type { IResultActions } from './actions';

/** The code of the notebook as it was submitted, with what each cell showed. */
export function NotebookCells(props: {
  readonly trans: TranslationBundle;
  readonly view: IResultView;
  readonly actions: IResultActions;
}): JSX.Element {
  const { trans, view, actions } = props;
  const { notebook, outputs, units, hues } = view;
  if (notebook === null) {
    return <p className="nbprism-faint">{trans.__('Reading the notebook…')}</p>;
  }
  const stepOf = new Map(units.flatMap(unit => unit.cells.map(cell => [cell, unit.step] as const)));
  return (
    <section aria-label={trans.__('The notebook as it was submitted')}>
      {[...codeOf(notebook)].map(([cell, source]) => {
        const step = stepOf.get(cell) ?? null;
        const shown = outputs.get(cell)?.outputs ?? [];
        return (
          <article
            key={cell}
            className="nbprism-CellDetail nbprism-mod-hue"
            data-step={step ?? ''}
            style={{ '--nbprism-hue': hues.get(step ?? '') ?? 0 } as React.CSSProperties}
          >
            {step === null ? null : (
              <button
                type="button"
                className="nbprism-Step-name"
                onClick={() => actions.select(step)}
              >
                {step}
              </button>
            )}
            <Code source={source} />
            {shown.length === 0 ? null : <Outputs outputs={shown} mount={actions.mount} />}
          </article>
        );
      })}
    </section>
  );
}
