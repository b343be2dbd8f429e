/**
 * The graph of steps: what is drawn, before any run and in one.
 */
import type { IArtifact } from './events';
import type { IPipeline } from './pipeline';
import type { IUnit } from './detail';
import { bytes } from './words';

/** A step in the graph. */
export interface IGraphNode {
  readonly name: string;
  readonly cells: readonly string[];
  readonly outputs: readonly string[];
}

/** Why one step waits for another. */
export interface IGraphEdge {
  readonly from: string;
  readonly to: string;
  /** The variables that cross; empty where only the order counts. */
  readonly names: readonly string[];
  /** In a sentence, where the compiler gave one. */
  readonly reason: string;
}

export interface IGraph {
  readonly nodes: readonly IGraphNode[];
  readonly edges: readonly IGraphEdge[];
}

const NAMES_SHOWN = 3;

/** Return the graph of a notebook as it compiles now. */
export function graphOf(pipeline: IPipeline): IGraph {
  const nodes = pipeline.steps.map(({ name, cells, outputs }) => ({ name, cells, outputs }));
  return { nodes, edges: known(nodes, merged(pipeline.edges)) };
}

/** Return the graph of a run, from the plan it works on. */
export function graphOfUnits(units: readonly IUnit[]): IGraph {
  const nodes = units.map(({ step, cells, outputs }) => ({ name: step, cells, outputs }));
  const edges = units.flatMap(unit =>
    unit.needs.map(from => ({
      from,
      to: unit.step,
      names: Object.keys(unit.inputs).filter(name => unit.inputs[name] === from),
      reason: ''
    }))
  );
  return { nodes, edges: known(nodes, edges) };
}

/** Return what an edge says in few words: which variables, and how large they are where known. */
export function edgeLabel(edge: IGraphEdge, artifacts: readonly IArtifact[] = []): string {
  const shown = edge.names.slice(0, NAMES_SHOWN).join(', ');
  const more = edge.names.length > NAMES_SHOWN ? ` +${edge.names.length - NAMES_SHOWN}` : '';
  const size = edgeBytes(edge, artifacts);
  return shown + more + (size === null ? '' : ` · ${bytes(size)}`);
}

/** Return how many bytes cross an edge, or null where nothing of it is known yet. */
export function edgeBytes(edge: IGraphEdge, artifacts: readonly IArtifact[]): number | null {
  // Values that share an object travel in one archive, whose size each of them tells.
  const archives = new Map<string, number>();
  for (const { name, digest, bytes: size } of artifacts) {
    if (edge.names.includes(name) && typeof size === 'number') {
      archives.set(digest ?? name, size);
    }
  }
  return archives.size === 0 ? null : [...archives.values()].reduce((sum, size) => sum + size, 0);
}

/** Return the names of all steps that come before a step, however far, and of all after it. */
export function kin(graph: IGraph, step: string): ReadonlySet<string> {
  const reach = (side: 'from' | 'to', other: 'from' | 'to'): Set<string> => {
    const found = new Set([step]);
    // A set that grows while it is walked: each step is visited once.
    for (const name of found) {
      graph.edges.filter(edge => edge[side] === name).forEach(edge => found.add(edge[other]));
    }
    return found;
  };
  return new Set([...reach('from', 'to'), ...reach('to', 'from')]);
}

/** Two steps are joined by one line, whatever number of reasons there are. */
function merged(edges: readonly IGraphEdge[]): readonly IGraphEdge[] {
  const found = new Map<string, IGraphEdge>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.from, edge.to]);
    const before = found.get(key);
    found.set(key, {
      from: edge.from,
      to: edge.to,
      names: [...new Set([...(before?.names ?? []), ...edge.names])],
      reason: [before?.reason ?? '', edge.reason].filter(Boolean).join('\n')
    });
  }
  return [...found.values()];
}

/** A notebook with errors can have edges from steps that are not there. */
function known(nodes: readonly IGraphNode[], edges: readonly IGraphEdge[]): readonly IGraphEdge[] {
  const names = new Set(nodes.map(node => node.name));
  return edges.filter(edge => names.has(edge.from) && names.has(edge.to));
}
