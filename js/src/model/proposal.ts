/**
 * Steps that the server proposes for a notebook without any.
 */
import type { ICellFacts } from './cells';
import type { IPipeline } from './pipeline';
import type { IEdit, ISteps } from './steps';
import { placementIn } from './tags';

/** A proposal as the server sends it. */
export interface IProposal {
  /** Cell id -> the tags to add to it. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
  /** What the notebook compiles to with them. */
  readonly pipeline: IPipeline;
}

/** Cells that would be tagged alike. */
export interface IProposedGroup {
  readonly kind: 'step' | 'role';
  readonly name: string;
  readonly cells: readonly IProposedCell[];
}

export interface IProposedCell {
  /** From 1. */
  readonly number: number;
  /** The first line of code that says something. */
  readonly gist: string;
}

/** Return the proposal as groups of cells, in notebook order. */
export function groupsOf(
  { tags }: IProposal,
  cells: readonly ICellFacts[],
  sourceOf: (index: number) => string
): readonly IProposedGroup[] {
  const groups = new Map<string, IProposedGroup & { cells: IProposedCell[] }>();
  for (const { id, index } of cells) {
    const placement = placementIn(tags[id] ?? []);
    if (placement === null) {
      continue;
    }
    const name = placement.kind === 'step' ? placement.step : placement.role;
    const key = `${placement.kind} ${name}`;
    const group = groups.get(key) ?? { kind: placement.kind, name, cells: [] };
    group.cells.push({ number: index + 1, gist: gist(sourceOf(index)) });
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Return the edit that takes the proposal over. */
export function editOfProposal({ tags }: IProposal, { cells }: ISteps): IEdit {
  const changed = cells
    .filter(({ id }) => id in tags)
    .map(cell => [cell.index, [...new Set([...cell.tags, ...(tags[cell.id] ?? [])])]] as const);
  return { tags: new Map(changed) };
}

function gist(source: string): string {
  const lines = source.split('\n').map(line => line.trim());
  return lines.find(line => line !== '' && !line.startsWith('#')) ?? lines[0] ?? '';
}
