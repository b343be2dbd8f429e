import type { TranslationBundle } from '@jupyterlab/translation';
import {
  Background,
  Controls,
  MarkerType,
  MiniMap,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore
} from '@xyflow/react';
import type { Edge, Node } from '@xyflow/react';
import { useEffect, useMemo, useState } from 'react';
import type { JSX, KeyboardEvent } from 'react';
import { edgeLabel, kin } from '../../model/graph';
import type { IGraph, IGraphEdge } from '../../model/graph';
import { NODE_HEIGHT, NODE_WIDTH, firstView, fitting, layoutOf } from '../../model/layout';
import type { IGraphLayout } from '../../model/layout';
import type { IGlance } from '../../model/kernelTypes';
import type { IRunState } from '../../model/runState';
import { stateWord } from '../../words';
import { typeWords } from '../KernelTypes';
import { StepEdge } from './StepEdge';
import type { IStepEdgeData } from './StepEdge';
import { StepNode } from './StepNode';
import type { IStepNodeData } from './StepNode';

export interface IGraphProps {
  readonly trans: TranslationBundle;
  readonly graph: IGraph;
  readonly hues: ReadonlyMap<string, number>;
  /** The run whose states are shown, if any. */
  readonly run: IRunState | null;
  /** What crosses, as it is in the kernel; absent where it was not asked. */
  readonly types?: ReadonlyMap<string, IGlance> | null;
  /** The time by the driver's clock. */
  readonly now: number;
  readonly selected: string | null;
  onSelect(step: string): void;
  onExport(): void;
}

/** A graph at least this large gets a map of itself in the corner. */
const MAP_FROM = 20;
/** Below this zoom the words on edges and the second line of a box cannot be read. */
const READABLE = 0.55;
/** Left to right is how most people draw it, so the other way has to be worth it. */
const BETTER = 1.2;

const SIZE = { width: NODE_WIDTH, height: NODE_HEIGHT };
const HANDLES = [
  { type: 'target' as const, position: Position.Left, x: 0, y: NODE_HEIGHT / 2 },
  { type: 'source' as const, position: Position.Right, x: NODE_WIDTH, y: NODE_HEIGHT / 2 }
];

const NODE_TYPES = { step: StepNode };
const EDGE_TYPES = { step: StepEdge };

/** The graph of steps: pan, zoom, and go from step to step with the keyboard. */
export function Graph(props: IGraphProps): JSX.Element {
  if (props.graph.nodes.length === 0) {
    return <p className="nbprism-faint">{props.trans.__('There are no steps to draw.')}</p>;
  }
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  );
}

/** Return the layout that can be drawn larger where there is room for it. */
function useLayout(graph: IGraph): IGraphLayout {
  const width = useStore(state => state.width);
  const height = useStore(state => state.height);
  // Only another shape is laid out anew: each compilation makes new objects, and a run changes
  // states, never places.
  const shape = JSON.stringify([
    graph.nodes.map(node => node.name),
    graph.edges.map(({ from, to }) => [from, to])
  ]);
  const [across, down] = useMemo(
    () => [layoutOf(graph, 'LR'), layoutOf(graph, 'TB')],
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [shape]
  );
  const box = { width, height };
  return fitting(down, box) > fitting(across, box) * BETTER ? down : across;
}

function Drawing(props: IGraphProps): JSX.Element {
  const { trans, graph, selected, onSelect, onExport } = props;
  const layout = useLayout(graph);
  const [hovered, setHovered] = useState<string | null>(null);
  const [zoom, setZoom] = useState(1);
  const near = useMemo(() => (hovered === null ? null : kin(graph, hovered)), [graph, hovered]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const node = (event.target as HTMLElement).closest<HTMLElement>('.react-flow__node');
    if (event.key === 'Enter' && node?.dataset.id !== undefined) {
      onSelect(node.dataset.id);
    }
  };
  return (
    <div
      className="nbprism-Graph"
      data-detail={zoom >= READABLE ? 'all' : 'names'}
      onKeyDown={onKeyDown}
    >
      <ReactFlow
        aria-label={trans.__('Graph of the steps')}
        nodes={nodesOf(props, layout, near)}
        edges={edgesOf(props, layout, near)}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        deleteKeyCode={null}
        minZoom={0.05}
        maxZoom={2}
        fitViewOptions={{ padding: 0.04, maxZoom: 1 }}
        onlyRenderVisibleElements={layout.nodes.length > 150}
        onNodeClick={(_, node) => onSelect(node.id)}
        onNodeMouseEnter={(_, node) => setHovered(node.id)}
        onNodeMouseLeave={() => setHovered(null)}
        onMove={(_, viewport) => setZoom(viewport.zoom)}
      >
        <Background gap={24} />
        <Controls showInteractive={false} />
        {graph.nodes.length >= MAP_FROM ? (
          <MiniMap
            pannable
            zoomable
            nodeClassName={node => `nbprism-mod-${stateIn(props, node)}`}
          />
        ) : null}
      </ReactFlow>
      <button
        type="button"
        className="nbprism-Graph-export nbprism-link"
        title={trans.__('Save the graph as an SVG picture')}
        onClick={() => onExport()}
      >
        {trans.__('SVG')}
      </button>
      <Reveal selected={selected} layout={layout} />
    </div>
  );
}

/** Shows as much as can be read when there is another graph, and the selected step always. */
function Reveal(props: { readonly selected: string | null; readonly layout: IGraphLayout }): null {
  const flow = useReactFlow();
  const width = useStore(state => state.width);
  const height = useStore(state => state.height);
  const { selected, layout } = props;
  const isThere = width > 0 && height > 0;
  useEffect(() => {
    if (isThere) {
      void flow.setViewport(firstView(layout, { width, height }, selected));
    }
    // What a user has zoomed to stays when a step is selected or the tab gets another size.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [flow, layout, isThere]);
  useEffect(() => {
    const place = layout.nodes.find(node => node.name === selected);
    if (isThere && place !== undefined) {
      const view = flow.getViewport();
      const [x, y] = [place.x * view.zoom + view.x, place.y * view.zoom + view.y];
      if (x < 0 || y < 0 || x > width - NODE_WIDTH * view.zoom || y > height) {
        const center = { x: place.x + NODE_WIDTH / 2, y: place.y + NODE_HEIGHT / 2 };
        void flow.setCenter(center.x, center.y, { zoom: view.zoom, duration: 200 });
      }
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [flow, selected]);
  return null;
}

function nodesOf(
  props: IGraphProps,
  layout: IGraphLayout,
  near: ReadonlySet<string> | null
): Node<IStepNodeData>[] {
  const { trans, graph, hues, run, now, selected } = props;
  return layout.nodes.map(({ name, x, y }, index) => {
    const step = run?.steps.get(name) ?? null;
    const word = step === null ? '' : stateWord(trans, step.state);
    return {
      id: name,
      type: 'step',
      position: { x, y },
      ...SIZE,
      // Known, and told each time: a node that has yet to be measured has no edges.
      measured: SIZE,
      handles: HANDLES,
      selected: name === selected,
      className: near === null || near.has(name) ? '' : 'nbprism-mod-far',
      ariaLabel: trans.__('Step %1 %2', name, word),
      data: {
        trans,
        name,
        hue: hues.get(name) ?? 0,
        outputs: graph.nodes[index]?.outputs ?? [],
        step,
        now
      }
    };
  });
}

function edgesOf(
  { trans, graph, run, types }: IGraphProps,
  { edges, direction }: IGraphLayout,
  near: ReadonlySet<string> | null
): Edge<IStepEdgeData>[] {
  return edges.map(({ edge: placed, points }) => {
    // The layout may be older than what the edge says.
    const same = (edge: IGraphEdge): boolean => edge.from === placed.from && edge.to === placed.to;
    const edge = graph.edges.find(same) ?? placed;
    const isNear = near === null || (near.has(edge.from) && near.has(edge.to));
    const artifacts = run?.steps.get(edge.from)?.artifacts ?? [];
    const seen = edge.names.flatMap(name => types?.get(name) ?? []);
    const isStuck = seen.some(glance => glance.trouble !== null);
    return {
      id: `${edge.from}→${edge.to}`,
      source: edge.from,
      target: edge.to,
      type: 'step',
      className: isNear ? '' : 'nbprism-mod-far',
      markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--jp-ui-font-color3)' },
      data: {
        points,
        direction,
        label: (isStuck ? '⚠ ' : '') + edgeLabel(edge, artifacts),
        title: [
          edge.reason || edge.names.join(', '),
          ...seen.map(glance =>
            trans.__('%1 in the kernel: %2', glance.name, typeWords(trans, glance))
          )
        ].join('\n'),
        isOrder: edge.names.length === 0
      }
    };
  });
}

function stateIn({ run }: IGraphProps, node: Node): string {
  return run?.steps.get(node.id)?.state ?? 'waiting';
}
