import { describe, expect, it } from 'vitest';
import { edgeBytes, edgeLabel, graphOf, graphOfUnits, kin } from '../../src/model/graph';
import type { IGraph } from '../../src/model/graph';
import { NODE_HEIGHT, NODE_WIDTH, firstView, layoutOf, pathOf } from '../../src/model/layout';
import type { IPipeline } from '../../src/model/pipeline';
import { fold, newRun } from '../../src/model/run';
import { svgOf } from '../../src/model/svg';
import { accepted, log, started, succeeded } from './log';

function graph(names: string[], edges: [string, string, string[]?][]): IGraph {
  return {
    nodes: names.map(name => ({ name, cells: [`cell of ${name}`], outputs: ['x'] })),
    edges: edges.map(([from, to, crossing = ['x']]) => ({ from, to, names: crossing, reason: '' }))
  };
}

const DIAMOND = graph(
  ['load', 'left', 'right', 'join'],
  [
    ['load', 'left'],
    ['load', 'right'],
    ['left', 'join'],
    ['right', 'join', []]
  ]
);

/** A hundred steps, each of which needs two that are well before it. */
const HUNDRED = graph(
  Array.from({ length: 100 }, (_, index) => `s${index}`),
  Array.from({ length: 100 }, (_, index) => index)
    .filter(index => index > 0)
    .flatMap(index =>
      [Math.floor(index / 2), Math.max(0, index - 7)].map((from): [string, string] => [
        `s${from}`,
        `s${index}`
      ])
    )
    .filter(([from, to], index, all) => all.findIndex(e => e[0] === from && e[1] === to) === index)
    .filter(([from, to]) => from !== to)
);

describe('the graph of a notebook', () => {
  it('joins two steps by one line that keeps every reason', () => {
    const pipeline = {
      steps: [
        { name: 'a', cells: ['1'], outputs: ['x', 'y'] },
        { name: 'b', cells: ['2'], outputs: [] }
      ],
      edges: [
        { from: 'a', to: 'b', names: ['x'], reason: 'first' },
        { from: 'a', to: 'b', names: ['y'], reason: 'second' },
        { from: 'gone', to: 'b', names: ['z'], reason: 'no such step' }
      ]
    } as unknown as IPipeline;
    expect(graphOf(pipeline).edges).toEqual([
      { from: 'a', to: 'b', names: ['x', 'y'], reason: 'first\nsecond' }
    ]);
  });

  it('is told from the plan of a run, with the order of steps that share no value', () => {
    const unit = { cells: [], outputs: [], parameters: {}, settings: {} };
    const { edges } = graphOfUnits([
      { ...unit, step: 'a', needs: [], inputs: {} },
      { ...unit, step: 'b', needs: ['a'], inputs: {} },
      { ...unit, step: 'c', needs: ['a', 'b'], inputs: { x: 'a' } }
    ]);
    expect(edges.map(edge => [edge.from, edge.to, edge.names])).toEqual([
      ['a', 'b', []],
      ['a', 'c', ['x']],
      ['b', 'c', []]
    ]);
  });

  it('finds all that a step depends on and all that depends on it', () => {
    expect(kin(DIAMOND, 'left')).toEqual(new Set(['load', 'left', 'join']));
  });
});

describe('what an edge says', () => {
  const edge = { from: 'a', to: 'b', names: ['x', 'y', 'z', 'w'], reason: '' };

  it('is which variables, and how large they are', () => {
    expect(edgeLabel(edge)).toBe('x, y, z +1');
    expect(edgeLabel(edge, [{ name: 'x', bytes: 1500 }])).toBe('x, y, z +1 · 1.5 kB');
  });

  it('counts what two names share once, and what it does not carry not at all', () => {
    const shared = { bytes: 1000, digest: 'd' };
    const all = [
      { name: 'x', ...shared },
      { name: 'y', ...shared },
      { name: 'q', bytes: 5 }
    ];
    expect(edgeBytes(edge, all)).toBe(1000);
    expect(edgeBytes(edge, [])).toBeNull();
  });
});

describe('the layout', () => {
  it.each([
    ['a diamond', DIAMOND],
    ['a hundred steps', HUNDRED]
  ])('of %s puts no step on another and each after what it needs', (_, given) => {
    const { nodes, edges } = layoutOf(given);
    const place = new Map(nodes.map(node => [node.name, node]));
    nodes.forEach((a, index) =>
      nodes.slice(index + 1).forEach(b => {
        const apart = Math.abs(a.x - b.x) >= NODE_WIDTH || Math.abs(a.y - b.y) >= NODE_HEIGHT;
        expect(apart, `${a.name} and ${b.name}`).toBe(true);
      })
    );
    edges.forEach(({ edge }) =>
      expect(place.get(edge.from)!.x).toBeLessThan(place.get(edge.to)!.x)
    );
  });

  it('goes down where that is asked for', () => {
    const { nodes, direction } = layoutOf(DIAMOND, 'TB');
    expect(direction).toBe('TB');
    expect(nodes[0]!.y).toBeLessThan(nodes[3]!.y);
  });

  it('is seen as a whole where that can be read, else from its beginning or around a step', () => {
    const box = { width: 1000, height: 600 };
    expect(firstView(layoutOf(DIAMOND), box, null).zoom).toBe(1);
    const large = layoutOf(HUNDRED);
    const begin = firstView(large, box, null);
    expect(begin.zoom).toBeGreaterThan(0.4);
    expect(begin.x).toBeGreaterThan(0);
    expect(firstView(large, box, 's99').x).toBeLessThan(-1000);
  });

  it('of a line begins and ends at the boxes', () => {
    const { edges } = layoutOf(DIAMOND);
    expect(pathOf(edges[0]!.points)).toMatch(/^M[\d.]+,[\d.]+ C/);
    expect(pathOf([])).toBe('');
  });
});

describe('the picture of a graph', () => {
  it('stands alone and says how the steps of a run went', () => {
    const run = log([
      accepted('load', 'left', 'right', 'join'),
      started('load'),
      succeeded('load')
    ]);
    const svg = svgOf(DIAMOND, new Map([['load', 30]]), run.reduce(fold, newRun('r1')));
    expect(svg).toContain('succeeded 1.5 s');
    expect(svg).toContain('waiting');
    expect(svg).not.toMatch(/<script|href|url\((?!#end)/);
  });

  it('shows the text of the notebook as text', () => {
    const evil = '</text><script>alert(1)</script>';
    const svg = svgOf(graph([evil, 'b'], [[evil, 'b', [evil]]]), new Map(), null);
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;');
  });
});
