/**
 * Edits of steps: rename, merge, split, delete, move.
 *
 * Pure: from the cells and settings as they are, to an edit that says what is to change. Carrying it
 * out, as one undoable edit, is `edit.ts`.
 */
import type { ICellFacts } from './cells';
import { taggedSteps } from './cells';
import type { StepsSettings } from './stepSettings';
import { removed, renamed, splitOff } from './stepSettings';
import { place, placementIn, unplace } from './tags';
import type { Placement } from './tags';

/** What is to change in a notebook; what is absent stays. */
export interface IEdit {
  /** Cell position -> all its tags. */
  readonly tags?: ReadonlyMap<number, readonly string[]>;
  readonly settings?: StepsSettings;
  /** The positions of all cells, in their new order. */
  readonly order?: readonly number[];
  /** Cell position -> changes of its source, the last place first. */
  readonly texts?: ReadonlyMap<number, readonly ITextChange[]>;
}

/** Text to put in the place of what is between two offsets. */
export interface ITextChange {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A notebook, as far as edits of steps look at it. */
export interface ISteps {
  readonly cells: readonly ICellFacts[];
  readonly settings: StepsSettings;
}

/** Give a step another name; the name of another step merges the two. */
export function renameStep({ cells, settings }: ISteps, old: string, name: string): IEdit {
  return {
    tags: retag(tagged(cells, old), { kind: 'step', step: name }),
    settings: renamed(settings, old, name)
  };
}

/** Make the cells of a step, from one cell on, a step of their own. */
export function splitStep({ cells, settings }: ISteps, at: number, name: string): IEdit {
  const old = cells[at]?.step ?? null;
  if (old === null) {
    return {};
  }
  // The cell itself needs the tag, even where it only continued the step until now.
  const below = tagged(cells, old).filter(cell => cell.index > at);
  const first = cells.filter(cell => cell.index === at);
  return {
    tags: retag([...first, ...below], { kind: 'step', step: name }),
    settings: splitOff(settings, old, name)
  };
}

/** Tell whether a step can be split at a cell: something of it has to lie above. */
export function canSplit(cells: readonly ICellFacts[], at: number): boolean {
  const step = cells[at]?.step ?? null;
  return step !== null && cells.some(cell => cell.step === step && cell.index < at);
}

/** Take the tags of a step off all its cells. */
export function deleteStep({ cells, settings }: ISteps, name: string): IEdit {
  const tags = tagged(cells, name).map(({ index, tags: old }) => [index, unplace(old)] as const);
  return { tags: new Map(tags), settings: removed(settings, name) };
}

/** Make one cell part of a step. */
export function giveCell({ cells }: ISteps, at: number, step: string): IEdit {
  return {
    tags: retag(
      cells.filter(cell => cell.index === at),
      { kind: 'step', step }
    )
  };
}

/** Move a step's cells, with the text above each of them, next to another step's. */
export function moveStep(
  { cells }: ISteps,
  name: string,
  where: 'before' | 'after',
  other: string
): IEdit {
  const block = blockOf(cells, name);
  const target = blockOf(cells, other);
  const [first, last] = [target[0], target.at(-1)];
  if (first === undefined || last === undefined || name === other) {
    return {};
  }
  const moving = new Set(block);
  const anchor = where === 'before' ? first : last;
  const order = cells.map(cell => cell.index).filter(index => !moving.has(index));
  order.splice(order.indexOf(anchor) + (where === 'after' ? 1 : 0), 0, ...block);
  return { order };
}

/** Return the step above (-1) or below (1) a step, or null at the end. */
export function neighbour(cells: readonly ICellFacts[], name: string, by: -1 | 1): string | null {
  const names = taggedSteps(cells);
  return names[names.indexOf(name) + by] ?? null;
}

/** Return `NAME_2`, or the next number that no step has. */
export function freeName(cells: readonly ICellFacts[], name: string): string {
  const taken = new Set(taggedSteps(cells).map(step => step.toLowerCase()));
  const stem = name.replace(/_\d+$/, '');
  for (let number = 2; ; number += 1) {
    const free = `${stem}_${number}`;
    if (!taken.has(free.toLowerCase())) {
      return free;
    }
  }
}

function tagged(cells: readonly ICellFacts[], step: string): readonly ICellFacts[] {
  return cells.filter(cell => {
    const placement = cell.isCode ? placementIn(cell.tags) : null;
    return placement?.kind === 'step' && placement.step === step;
  });
}

function retag(
  cells: readonly ICellFacts[],
  placement: Placement
): ReadonlyMap<number, readonly string[]> {
  return new Map(cells.map(({ index, tags }) => [index, place(tags, placement)]));
}

/** A heading belongs to the code below it, so it moves along. */
function blockOf(cells: readonly ICellFacts[], step: string): readonly number[] {
  const block: number[] = [];
  cells.forEach((cell, index) => {
    if (cell.step !== step) {
      return;
    }
    let first = index;
    while (cells[first - 1]?.isCode === false) {
      first -= 1;
    }
    for (let each = first; each <= index; each += 1) {
      block.push(each);
    }
  });
  return block;
}
