/**
 * A graph as a picture that stands alone: SVG without scripts, styles or fonts from elsewhere.
 */
import { edgeLabel } from './graph';
import type { IGraph, IGraphNode } from './graph';
import { NODE_HEIGHT, NODE_WIDTH, layoutOf, pathOf } from './layout';
import type { IPlacedEdge, IPoint } from './layout';
import type { IRunState, IStepRun, StepStateName } from './runState';
import { duration } from './words';

const FONT = 'font-family="system-ui, sans-serif"';

/** On white paper, whatever theme the page has. */
const STATE_COLOURS: Readonly<Record<StepStateName, string>> = {
  waiting: '#8a8a8a',
  queued: '#8a8a8a',
  running: '#1976d2',
  succeeded: '#2e7d32',
  reused: '#2e7d32',
  skipped: '#8a8a8a',
  failed: '#c62828',
  crashed: '#c62828',
  cancelled: '#8a8a8a',
  lost: '#8a8a8a'
};

/** Return the SVG text of a graph, with the states of a run where one is given. */
export function svgOf(
  graph: IGraph,
  hues: ReadonlyMap<string, number>,
  run: IRunState | null
): string {
  const { nodes, edges, width, height } = layoutOf(graph);
  const boxes = nodes.map(({ name, x, y }) => {
    const node = graph.nodes.find(item => item.name === name);
    return node === undefined
      ? ''
      : box(node, { x, y }, hues.get(name) ?? 0, run?.steps.get(name) ?? null);
  });
  const lines = edges.map(placed => line(placed, run));
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">`,
    '<defs><marker id="end" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"',
    ' orient="auto"><path d="M0,0 L10,5 L0,10 z" fill="#888"/></marker></defs>',
    `<rect width="${w}" height="${h}" fill="#fff"/>`,
    ...lines,
    ...boxes,
    '</svg>'
  ].join('\n');
}

function box(node: IGraphNode, { x, y }: IPoint, hue: number, step: IStepRun | null): string {
  const colour = `hsl(${hue} 55% 38%)`;
  const below =
    step === null
      ? node.outputs.slice(0, 3).join(', ')
      : [step.state, step.durationS === null ? '' : duration(step.durationS)].join(' ');
  const tone = step === null ? '#666' : STATE_COLOURS[step.state];
  return [
    `<g transform="translate(${x} ${y})">`,
    `<rect width="${NODE_WIDTH}" height="${NODE_HEIGHT}" rx="6" fill="#fff" stroke="#c4c4c4"/>`,
    `<rect width="4" height="${NODE_HEIGHT}" rx="2" fill="${colour}"/>`,
    `<text x="14" y="22" ${FONT} font-size="14" font-weight="600" fill="${colour}">`,
    `${escaped(cut(node.name, 22))}</text>`,
    `<text x="14" y="42" ${FONT} font-size="12" fill="${tone}">${escaped(cut(below, 27))}</text>`,
    `<title>${escaped(node.name)}</title></g>`
  ].join('');
}

function line({ edge, points }: IPlacedEdge, run: IRunState | null): string {
  const label = cut(edgeLabel(edge, run?.steps.get(edge.from)?.artifacts), 26);
  const { x, y } = middle(points);
  const dash = edge.names.length === 0 ? ' stroke-dasharray="4 3"' : '';
  return [
    `<path d="${pathOf(points)}" fill="none" stroke="#888"${dash} marker-end="url(#end)"/>`,
    `<text x="${x}" y="${y - 5}" ${FONT} font-size="11" text-anchor="middle" fill="#444"`,
    ` stroke="#fff" stroke-width="3" paint-order="stroke">${escaped(label)}</text>`
  ].join('');
}

/** Return the place in the middle of a line. */
export function middle(points: readonly IPoint[]): IPoint {
  return points[Math.floor(points.length / 2)] ?? { x: 0, y: 0 };
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
