import type { TranslationBundle } from '@jupyterlab/translation';
import { useState } from 'react';
import type { FormEvent, JSX } from 'react';
import { ROLES, parsePlacement, tagOf } from '../model/tags';
import type { Placement, TagRole } from '../model/tags';
import type { IPanelActions } from './actions';

/** The cells that are selected, as the tag box shows them. */
export interface ISelection {
  /** Positions of the code cells in the notebook, from 1. */
  readonly numbers: readonly number[];
  /** What all of them are tagged as; null where they are not tagged alike. */
  readonly placement: Placement | null;
  readonly isTagged: boolean;
  /** What they count as where they have no tag of their own. */
  readonly implied: string | null;
}

export interface ITagBoxProps {
  readonly trans: TranslationBundle;
  readonly selection: ISelection;
  readonly steps: readonly string[];
  readonly hues: ReadonlyMap<string, number>;
  readonly actions: IPanelActions;
}

/** Tags the selected cells. */
export function TagBox(props: ITagBoxProps): JSX.Element {
  const { trans, selection, actions } = props;
  const isEmpty = selection.numbers.length === 0;
  return (
    <div className="nbprism-TagBox">
      <p className="nbprism-TagBox-what">{describe(trans, selection)}</p>
      <TagForm {...props} />
      <QuickTags {...props} />
      <button
        type="button"
        className="nbprism-TagBox-remove nbprism-link"
        disabled={isEmpty || !selection.isTagged}
        onClick={() => actions.unplace()}
      >
        {trans.__('Remove tag')}
      </button>
    </div>
  );
}

function TagForm({ trans, selection, steps, actions }: ITagBoxProps): JSX.Element {
  const [text, setText] = useState('');
  const placement = parsePlacement(text);
  const isWrong = text.trim() !== '' && placement === null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (placement !== null) {
      actions.place(placement);
      setText('');
    }
  };
  return (
    <form className="nbprism-TagBox-form" onSubmit={submit}>
      <input
        className="nbprism-TagBox-input jp-mod-styled"
        list="nbprism-steps"
        value={text}
        placeholder={trans.__('Step name or role')}
        aria-label={trans.__('Step name or role for the selected cells')}
        aria-invalid={isWrong}
        spellCheck={false}
        autoComplete="off"
        onChange={event => setText(event.target.value)}
      />
      <datalist id="nbprism-steps">
        {[...steps, ...ROLES].map(name => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <button
        type="submit"
        className="jp-mod-styled"
        disabled={placement === null || selection.numbers.length === 0}
      >
        {trans.__('Tag')}
      </button>
      {isWrong ? (
        <p className="nbprism-TagBox-wrong" role="alert">
          {trans.__('A name is a letter, then letters, digits, "_" or "-".')}
        </p>
      ) : null}
    </form>
  );
}

function QuickTags({ trans, selection, steps, hues, actions }: ITagBoxProps): JSX.Element {
  const current = selection.placement === null ? null : tagOf(selection.placement);
  const placements: Placement[] = [
    ...steps.map(step => ({ kind: 'step', step }) as const),
    ...ROLES.map(role => ({ kind: 'role', role }) as const)
  ];
  return (
    <div className="nbprism-QuickTags" role="group" aria-label={trans.__('Tag with one click')}>
      {placements.map(placement => {
        const tag = tagOf(placement);
        const hue = placement.kind === 'step' ? hues.get(placement.step) : undefined;
        return (
          <button
            key={tag}
            type="button"
            className="nbprism-Pill"
            data-kind={placement.kind}
            aria-pressed={tag === current}
            disabled={selection.numbers.length === 0}
            title={placement.kind === 'role' ? roleHelp(trans, placement.role) : tag}
            style={{ '--nbprism-hue': hue ?? 0 } as React.CSSProperties}
            onClick={() => actions.place(placement)}
          >
            {placement.kind === 'step' ? placement.step : placement.role}
          </button>
        );
      })}
    </div>
  );
}

function describe(trans: TranslationBundle, { numbers, placement, implied }: ISelection): string {
  const [first] = numbers;
  if (first === undefined) {
    return trans.__('Select code cells to tag them.');
  }
  const which =
    numbers.length === 1
      ? trans.__('Cell %1', first)
      : trans._n('%1 selected cell', '%1 selected cells', numbers.length);
  if (placement?.kind === 'step') {
    return trans.__('%1: step "%2"', which, placement.step);
  }
  if (placement?.kind === 'role') {
    return trans.__('%1: %2', which, placement.role);
  }
  return implied === null ? which : trans.__('%1: no tag, counts as %2', which, implied);
}

/** Return what a role does, in a sentence. */
export function roleHelp(trans: TranslationBundle, role: TagRole): string {
  switch (role) {
    case 'imports':
      return trans.__('Imports, replayed in every step that needs them');
    case 'functions':
      return trans.__('Functions and classes, replayed in every step that needs them');
    case 'parameters':
      return trans.__('Values that each run may set anew');
    case 'metrics':
      return trans.__('Numbers assigned or printed here become metrics of the run');
    case 'skip':
      return trans.__('For interactive use only; never part of the pipeline');
  }
}
