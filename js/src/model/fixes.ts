/**
 * Quick fixes: what the compiler proposes, as an edit of the notebook.
 */
import type { JSONObject } from '@lumino/coreutils';
import type { ICellFacts } from './cells';
import type { IEdit, ISteps, ITextChange } from './steps';
import { splitStep } from './steps';
import { parsePlacement, place } from './tags';

/** An edit as the server sends it (`compiler/fixes.py`). */
export type FixEdit =
  | { readonly kind: 'place-cell'; readonly cell: string; readonly tag: string }
  | {
      readonly kind: 'replace-tag';
      readonly cell: string;
      readonly tag: string;
      readonly by: string;
    }
  | {
      readonly kind: 'replace-name';
      readonly cell: string;
      readonly line: number;
      readonly name: string;
      readonly by: string;
    }
  | { readonly kind: 'set-after'; readonly step: string; readonly after: readonly string[] }
  | {
      readonly kind: 'rename-setting';
      readonly step: string;
      readonly setting: string;
      readonly by: string;
    }
  | { readonly kind: 'remove-settings'; readonly step: string; readonly setting: string | null }
  | {
      readonly kind: 'split-step';
      readonly step: string;
      readonly cell: string;
      readonly name: string;
    };

/** What a hint says to do, and what a button that does it says. */
export interface IFix {
  readonly title: string;
  readonly edit: FixEdit;
}

/**
 * Return the edit that carries a fix out; null where the notebook has moved on since it was found.
 *
 * `sourceOf` gives the source of the cell at a position.
 */
export function editOfFix(
  steps: ISteps,
  { edit }: IFix,
  sourceOf: (index: number) => string
): IEdit | null {
  switch (edit.kind) {
    case 'set-after':
      // A step that waits for none may have no settings yet.
      return withSetting(withStep(steps, edit.step), edit.step, settings => ({
        ...without(settings, 'after'),
        ...(edit.after.length === 0 ? {} : { after: [...edit.after] })
      }));
    case 'rename-setting':
      return withSetting(steps, edit.step, ({ [edit.setting]: value, ...rest }) =>
        value === undefined ? rest : { ...rest, [edit.by]: value }
      );
    case 'remove-settings':
      return withSetting(steps, edit.step, settings =>
        edit.setting === null ? {} : without(settings, edit.setting)
      );
    default: {
      const cell = steps.cells.find(({ id }) => id === edit.cell);
      return cell === undefined ? null : editOfCell(steps, edit, cell, sourceOf);
    }
  }
}

function editOfCell(
  steps: ISteps,
  edit: Extract<FixEdit, { readonly cell: string }>,
  cell: ICellFacts,
  sourceOf: (index: number) => string
): IEdit | null {
  switch (edit.kind) {
    case 'place-cell': {
      const placement = parsePlacement(edit.tag);
      return placement === null ? null : retagged(cell, place(cell.tags, placement));
    }
    case 'replace-tag':
      return retagged(
        cell,
        cell.tags.map(tag => (tag === edit.tag ? edit.by : tag))
      );
    case 'replace-name': {
      const changes = renames(sourceOf(cell.index), edit.line, edit.name, edit.by);
      return changes.length === 0 ? null : { texts: new Map([[cell.index, changes]]) };
    }
    case 'split-step':
      return cell.step === edit.step ? splitStep(steps, cell.index, edit.name) : null;
  }
}

function retagged(cell: ICellFacts, tags: readonly string[]): IEdit {
  return { tags: new Map([[cell.index, [...new Set(tags)]]]) };
}

function withSetting(
  { settings }: ISteps,
  step: string,
  change: (settings: JSONObject) => JSONObject
): IEdit | null {
  const mine = settings[step];
  return mine === undefined ? null : { settings: { ...settings, [step]: change(mine) } };
}

/** Return the steps with settings for one of them that has cells. */
function withStep(steps: ISteps, step: string): ISteps {
  const exists = steps.cells.some(cell => cell.step === step);
  return exists ? { ...steps, settings: { [step]: {}, ...steps.settings } } : steps;
}

function without(settings: JSONObject, name: string): JSONObject {
  const { [name]: _, ...rest } = settings;
  return rest;
}

/** Return the changes that write a name in one line as another, the last first; no attributes. */
function renames(source: string, line: number, name: string, by: string): readonly ITextChange[] {
  const lines = source.split('\n');
  const text = lines[line - 1] ?? '';
  const offset = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const word = new RegExp(`(?<![\\w.])${escaped(name)}(?!\\w)`, 'gu');
  return [...text.matchAll(word)]
    .map(({ index }) => offset + index)
    .map(start => ({ start, end: start + name.length, text: by }))
    .reverse();
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
