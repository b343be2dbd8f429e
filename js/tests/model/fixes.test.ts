import { describe, expect, it } from 'vitest';
import { withSteps } from '../../src/model/cells';
import { editOfFix } from '../../src/model/fixes';
import type { FixEdit } from '../../src/model/fixes';
import { editOfProposal, groupsOf } from '../../src/model/proposal';
import type { IEdit, ISteps } from '../../src/model/steps';

const SOURCES = ['x = 1', '# first\ndata.dta = f(dta) + dta', 'print(x)'];
const STEPS: ISteps = {
  cells: withSteps(
    ['step:a', 'mine step:b', ''].map((tags, index) => ({
      index,
      id: `c${index}`,
      isCode: true,
      tags: tags.split(' ').filter(tag => tag !== '')
    }))
  ),
  settings: { b: { cpu: 2, after: ['a', 'z'] } }
};

function edit(of: FixEdit): IEdit | null {
  return editOfFix(STEPS, { title: '', edit: of }, index => SOURCES[index] ?? '');
}

describe('a quick fix', () => {
  it('tags a cell, and keeps the tags of others', () => {
    const { tags } = edit({ kind: 'place-cell', cell: 'c1', tag: 'skip' }) ?? {};
    expect(tags?.get(1)).toEqual(['mine', 'skip']);
  });

  it('puts one tag in the place of another', () => {
    const { tags } = edit({ kind: 'replace-tag', cell: 'c1', tag: 'mine', by: 'metrics' }) ?? {};
    expect(tags?.get(1)).toEqual(['metrics', 'step:b']);
  });

  it('renames a name in its line: whole words, no attributes, the last one first', () => {
    const { texts } =
      edit({ kind: 'replace-name', cell: 'c1', line: 2, name: 'dta', by: 'data' }) ?? {};
    const changes = texts?.get(1) ?? [];
    const fixed = changes.reduce(
      (text, change) => text.slice(0, change.start) + change.text + text.slice(change.end),
      SOURCES[1] ?? ''
    );
    expect(fixed).toBe('# first\ndata.dta = f(data) + data');
  });

  it('changes settings of the step alone', () => {
    expect(edit({ kind: 'set-after', step: 'b', after: ['a'] })?.settings).toEqual({
      b: { cpu: 2, after: ['a'] }
    });
    expect(edit({ kind: 'set-after', step: 'b', after: [] })?.settings).toEqual({ b: { cpu: 2 } });
    expect(
      edit({ kind: 'rename-setting', step: 'b', setting: 'cpu', by: 'cpus' })?.settings
    ).toEqual({ b: { after: ['a', 'z'], cpus: 2 } });
    expect(edit({ kind: 'remove-settings', step: 'b', setting: null })?.settings).toEqual({
      b: {}
    });
  });

  it('gives a step its first setting', () => {
    expect(edit({ kind: 'set-after', step: 'a', after: ['b'] })?.settings).toEqual({
      a: { after: ['b'] },
      b: { cpu: 2, after: ['a', 'z'] }
    });
  });

  it('splits a step where it was to be split', () => {
    const { tags } = edit({ kind: 'split-step', step: 'b', cell: 'c2', name: 'b_2' }) ?? {};
    expect([...(tags ?? [])]).toEqual([[2, ['step:b_2']]]);
  });

  it.each<FixEdit>([
    { kind: 'place-cell', cell: 'gone', tag: 'skip' },
    { kind: 'replace-name', cell: 'c0', line: 9, name: 'x', by: 'y' },
    { kind: 'set-after', step: 'gone', after: [] },
    { kind: 'split-step', step: 'a', cell: 'c2', name: 'a_2' }
  ])('is refused where the notebook has moved on: %j', of => {
    expect(edit(of)).toBeNull();
  });
});

describe('a proposal', () => {
  const proposal = {
    tags: { c0: ['imports'], c2: ['step:go', 'metrics'] },
    pipeline: {
      schema: 1,
      pipeline: '',
      parameters: [],
      steps: [],
      edges: [],
      diagnostics: [],
      cells: []
    }
  };

  it('is shown as groups of cells, each with what it is about', () => {
    expect(groupsOf(proposal, STEPS.cells, () => '\n# why\ngo()')).toEqual([
      { kind: 'role', name: 'imports', cells: [{ number: 1, gist: 'go()' }] },
      { kind: 'step', name: 'go', cells: [{ number: 3, gist: 'go()' }] }
    ]);
  });

  it('adds tags to those that are there', () => {
    expect(editOfProposal(proposal, STEPS).tags).toEqual(
      new Map([
        [0, ['step:a', 'imports']],
        [2, ['step:go', 'metrics']]
      ])
    );
  });
});
