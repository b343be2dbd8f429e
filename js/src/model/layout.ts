/**
 * Where the steps of a graph stand, by dagre.
 */
import { Graph, layout } from '@dagrejs/dagre';
import type { EdgeLabel, GraphLabel, NodeLabel } from '@dagrejs/dagre';
import type { IGraph, IGraphEdge } from './graph';

export interface IPoint {
  readonly x: number;
  readonly y: number;
}

/** A step and the left upper corner of its box. */
export interface IPlacedNode extends IPoint {
  readonly name: string;
}

/** An edge and the points its line goes through. */
export interface IPlacedEdge {
  readonly edge: IGraphEdge;
  readonly points: readonly IPoint[];
}

/** From left to right, or from top to bottom. */
export type Direction = 'LR' | 'TB';

export interface IGraphLayout {
  readonly direction: Direction;
  readonly nodes: readonly IPlacedNode[];
  readonly edges: readonly IPlacedEdge[];
  readonly width: number;
  readonly height: number;
}

/** Every box has one size, so that nothing has to be measured before it is drawn. */
export const NODE_WIDTH = 196;
export const NODE_HEIGHT = 54;
const MARGIN = 16;
/** Beside the outermost lines, for their words. */
const SIDE = 56;
/** Room between two ranks: for the words on an edge, or for their height. */
const RANK_GAP = { LR: 92, TB: 48 };
/** A graph with more steps is looked at from further away, where edges have no words. */
const WORDY = 40;

/** Return the layout of a graph. */
export function layoutOf(graph: IGraph, direction: Direction = 'LR'): IGraphLayout {
  const drawn = new Graph<GraphLabel, NodeLabel, EdgeLabel>();
  drawn.setGraph({
    rankdir: direction,
    nodesep: 22,
    edgesep: 14,
    ranksep: graph.nodes.length > WORDY ? RANK_GAP.TB : RANK_GAP[direction],
    marginx: direction === 'TB' ? SIDE : MARGIN,
    marginy: MARGIN
  });
  drawn.setDefaultEdgeLabel(() => ({}));
  graph.nodes.forEach(({ name }) =>
    drawn.setNode(name, { width: NODE_WIDTH, height: NODE_HEIGHT })
  );
  graph.edges.forEach(edge => drawn.setEdge(edge.from, edge.to));
  layout(drawn);
  const size = drawn.graph();
  return {
    direction,
    nodes: graph.nodes.map(({ name }) => {
      const { x = 0, y = 0 } = drawn.node(name);
      return { name, x: x - NODE_WIDTH / 2, y: y - NODE_HEIGHT / 2 };
    }),
    edges: graph.edges.map(edge => ({ edge, points: drawn.edge(edge.from, edge.to).points ?? [] })),
    width: size.width ?? 0,
    height: size.height ?? 0
  };
}

/** What of a layout is seen: its left upper corner and how large it is drawn. */
export interface IView extends IPoint {
  readonly zoom: number;
}

/** Below this zoom the name of a step cannot be read. */
const LEGIBLE = 0.45;
const ROOM = 20;

/** Return how large a layout can be drawn in a box, at most as it is. */
export function fitting({ width, height }: IGraphLayout, box: IBox): number {
  return Math.min(1, (box.width - ROOM) / width, (box.height - ROOM) / height);
}

export interface IBox {
  readonly width: number;
  readonly height: number;
}

/**
 * Return what to see first: all of it in the middle where that can be read, else the beginning, or
 * the surroundings of one step.
 */
export function firstView(layout: IGraphLayout, box: IBox, focus: string | null): IView {
  const fit = fitting(layout, box);
  const center = { x: layout.width / 2, y: layout.height / 2 };
  if (fit >= LEGIBLE) {
    return centred(center, box, fit);
  }
  const step = layout.nodes.find(node => node.name === focus) ?? layout.nodes[0];
  const at = { x: (step?.x ?? 0) + NODE_WIDTH / 2, y: (step?.y ?? 0) + NODE_HEIGHT / 2 };
  if (focus !== null) {
    return centred(at, box, LEGIBLE);
  }
  return layout.direction === 'LR'
    ? { ...centred(at, box, LEGIBLE), x: ROOM }
    : { ...centred(at, box, LEGIBLE), y: ROOM };
}

function centred({ x, y }: IPoint, { width, height }: IBox, zoom: number): IView {
  return { x: width / 2 - x * zoom, y: height / 2 - y * zoom, zoom };
}

/** Return the `d` of an SVG path that goes smoothly through the points. */
export function pathOf(points: readonly IPoint[], direction: Direction = 'LR'): string {
  const [first, ...rest] = points;
  if (first === undefined) {
    return '';
  }
  let from = first;
  const parts = rest.map(to => {
    const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
    const bends =
      direction === 'LR'
        ? [at({ x, y: from.y }), at({ x, y: to.y })]
        : [at({ x: from.x, y }), at({ x: to.x, y })];
    const part = `C${bends.join(' ')} ${at(to)}`;
    from = to;
    return part;
  });
  return `M${at(first)} ${parts.join(' ')}`;
}

function at({ x, y }: IPoint): string {
  return `${round(x)},${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
