/**
 * What is dragged within the panel: a cell to a step, a step to another place.
 */
import type { DragEvent } from 'react';

export type Dragged =
  { readonly kind: 'cell'; readonly id: string } | { readonly kind: 'step'; readonly name: string };

/** The browser shows types, but not data, while something is dragged over a place. */
const MIME = 'application/x-nbprism-';

export function startDrag(event: DragEvent, item: Dragged): void {
  event.stopPropagation();
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setData(MIME + item.kind, JSON.stringify(item));
}

/** Tell whether what is dragged is one of ours, or one of a kind. */
export function isDragged(event: DragEvent, kind: Dragged['kind'] | null = null): boolean {
  const kinds = kind === null ? (['cell', 'step'] as const) : [kind];
  return kinds.some(each => event.dataTransfer.types.includes(MIME + each));
}

/** Return what was dropped, or null where it is not ours. */
export function dragged(event: DragEvent): Dragged | null {
  const text =
    event.dataTransfer.getData(`${MIME}cell`) || event.dataTransfer.getData(`${MIME}step`);
  return text === '' ? null : (JSON.parse(text) as Dragged);
}
