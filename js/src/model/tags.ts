/**
 * The tags that say what a cell is in the pipeline, and how to change them.
 *
 * Tags of other tools are never touched.
 */

/** Roles a tag can give a cell. `parameters` is papermill's own tag. */
export const ROLES = ['imports', 'functions', 'parameters', 'metrics', 'skip'] as const;

export type TagRole = (typeof ROLES)[number];

/** What a user chooses for a cell: a step's name, or a role. */
export type Placement =
  | { readonly kind: 'step'; readonly step: string }
  | { readonly kind: 'role'; readonly role: TagRole };

const STEP = 'step:';
const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** Tell whether `name` can name a step. */
export function isStepName(name: string): boolean {
  return NAME.test(name);
}

/** Tell whether a tag is that of a role. */
export function isRole(tag: string): tag is TagRole {
  return (ROLES as readonly string[]).includes(tag);
}

/** Tell whether a tag is one of ours. */
export function isPrismTag(tag: string): boolean {
  return tag.startsWith(STEP) || isRole(tag);
}

/** Return the text tags in a cell's metadata, whatever it holds. */
export function tagsOf(metadata: unknown): readonly string[] {
  return Array.isArray(metadata) ? metadata.filter(tag => typeof tag === 'string') : [];
}

/**
 * Return the placement a tag stands for, or null for a foreign one.
 */
export function placementOf(tag: string): Placement | null {
  if (tag.startsWith(STEP)) {
    return { kind: 'step', step: tag.slice(STEP.length) };
  }
  return isRole(tag) ? { kind: 'role', role: tag } : null;
}

/** Return the tag of a placement. */
export function tagOf(placement: Placement): string {
  return placement.kind === 'step' ? STEP + placement.step : placement.role;
}

/**
 * Return what the tags make of a cell, or null where none of ours is there.
 *
 * A step wins over `metrics`, which may stand beside it.
 */
export function placementIn(tags: readonly string[]): Placement | null {
  const found = tags.map(placementOf).filter(placement => placement !== null);
  return found.find(placement => placement.kind === 'step') ?? found[0] ?? null;
}

/**
 * Return `tags` with the cell placed: ours replaced, foreign ones kept in their order.
 *
 * `metrics` is a mark on a cell of a step, so it joins a step's tag and a step joins it.
 */
export function place(tags: readonly string[], placement: Placement): readonly string[] {
  const kept = tags.filter(tag => !isPrismTag(tag) || staysBeside(tag, placement));
  const tag = tagOf(placement);
  return kept.includes(tag) ? kept : [...kept, tag];
}

function staysBeside(tag: string, placement: Placement): boolean {
  const placed = placementOf(tag);
  if (placement.kind === 'step') {
    return placed?.kind === 'role' && placed.role === 'metrics';
  }
  return placement.role === 'metrics' && placed?.kind === 'step';
}

/** Return `tags` without ours. */
export function unplace(tags: readonly string[]): readonly string[] {
  return tags.filter(tag => !isPrismTag(tag));
}

/**
 * Return the placement a user typed: a role's name, `step:NAME`, or a step's name; null if it can
 * be none of these.
 */
export function parsePlacement(text: string): Placement | null {
  const typed = text.trim();
  if (isRole(typed)) {
    return { kind: 'role', role: typed };
  }
  const step = typed.startsWith(STEP) ? typed.slice(STEP.length) : typed;
  return isStepName(step) ? { kind: 'step', step } : null;
}
