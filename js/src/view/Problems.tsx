import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { ICellPlace, IDiagnostic } from '../model/pipeline';
import type { IPanelActions } from './actions';
import { Prose } from './Prose';

export interface IProblemsProps {
  readonly trans: TranslationBundle;
  readonly diagnostics: readonly IDiagnostic[];
  readonly cells: readonly ICellPlace[];
  readonly actions: IPanelActions;
}

/** What the compiler found; each finding leads to its cell. */
export function Problems({ trans, diagnostics, cells, actions }: IProblemsProps): JSX.Element {
  return (
    <ul className="nbprism-Problems">
      {diagnostics.map((diagnostic, index) => (
        <li
          key={`${diagnostic.code}-${diagnostic.cell}-${diagnostic.line}-${index}`}
          className="nbprism-Problem"
          data-severity={diagnostic.severity}
        >
          <span className="nbprism-visuallyHidden">{severity(trans, diagnostic)}</span>
          <div>
            <Prose text={diagnostic.message} />
          </div>
          {diagnostic.hint === '' ? null : (
            <div className="nbprism-Problem-hint">
              <Prose text={diagnostic.hint} />
            </div>
          )}
          <div className="nbprism-Problem-links">
            <Place trans={trans} diagnostic={diagnostic} cells={cells} actions={actions} />
            {diagnostic.fix === null ? null : (
              <button
                type="button"
                className="nbprism-Problem-fix"
                onClick={() => actions.fix(diagnostic)}
              >
                <Prose text={diagnostic.fix.title} />
              </button>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Place(
  props: Omit<IProblemsProps, 'diagnostics'> & { readonly diagnostic: IDiagnostic }
): JSX.Element | null {
  const { trans, diagnostic, cells, actions } = props;
  const { cell, line } = diagnostic;
  const place = cells.find(item => item.id === cell);
  if (cell === null || place === undefined) {
    return null;
  }
  const number = place.index + 1;
  return (
    <button type="button" className="nbprism-link" onClick={() => actions.reveal(cell, line)}>
      {line === null ? trans.__('Cell %1', number) : trans.__('Cell %1, line %2', number, line)}
    </button>
  );
}

function severity(trans: TranslationBundle, { severity: level }: IDiagnostic): string {
  switch (level) {
    case 'error':
      return trans.__('Error:');
    case 'warning':
      return trans.__('Warning:');
    case 'info':
      return trans.__('Note:');
  }
}
