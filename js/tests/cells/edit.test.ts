// @vitest-environment jsdom
import type { NotebookModel } from '@jupyterlab/notebook';
import { describe, expect, it } from 'vitest';
import { applyEdit, placeCells, unplaceCells } from '../../src/model/edit';
import { snapshot, sources } from '../../src/model/snapshot';
import { code, notebookOf } from './fixtures';

const LOAD = { kind: 'step', step: 'load' } as const;

function tags(model: NotebookModel): unknown[] {
  return [...model.cells].map(cell => cell.getMetadata('tags') as unknown);
}

describe('tagging cells', () => {
  it('writes to the notebook, keeping foreign tags', () => {
    const model = notebookOf(code('a', '1', 'mine'), code('b', '2'));
    placeCells(model, [...model.cells], LOAD);
    expect(tags(model)).toEqual([['mine', 'step:load'], ['step:load']]);
  });

  it('leaves no empty list behind', () => {
    const model = notebookOf(code('a', '1', 'step:load'));
    unplaceCells(model, [...model.cells]);
    expect(model.cells.get(0).metadata).not.toHaveProperty('tags');
  });

  it('does not make the notebook dirty where nothing changes', () => {
    const model = notebookOf(code('a', '1', 'step:load'), code('b', '2'));
    model.dirty = false;
    placeCells(model, [model.cells.get(0)], LOAD);
    unplaceCells(model, [model.cells.get(1)]);
    expect(model.dirty).toBe(false);
  });

  it('can be undone, apart from what was typed before', () => {
    const model = notebookOf(code('a', '1'));
    const cell = model.cells.get(0);
    model.sharedModel.clearUndoHistory();
    cell.sharedModel.setSource('12');
    placeCells(model, [cell], LOAD);
    model.sharedModel.undo();
    expect([tags(model), cell.sharedModel.getSource()]).toEqual([[undefined], '12']);
  });
});

describe('an edit of steps', () => {
  const RENAME = {
    tags: new Map([[0, ['step:get']]]),
    settings: { get: { cpus: 2 } },
    order: [1, 0]
  };

  function edited(): NotebookModel {
    const model = notebookOf(code('a', '1', 'step:load'), code('b', '2'));
    model.setMetadata('nbprism', { schema: 1, steps: { load: { cpus: 2 } } });
    model.sharedModel.clearUndoHistory();
    applyEdit(model, RENAME);
    return model;
  }

  it('changes tags, settings and order at once', () => {
    const model = edited();
    expect(tags(model)).toEqual([undefined, ['step:get']]);
    expect(model.getMetadata('nbprism')).toEqual({ schema: 1, steps: { get: { cpus: 2 } } });
  });

  it('is undone and redone as a whole', () => {
    const model = edited();
    model.sharedModel.undo();
    expect(tags(model)).toEqual([['step:load'], undefined]);
    expect(model.getMetadata('nbprism')).toEqual({ schema: 1, steps: { load: { cpus: 2 } } });
    expect(model.sharedModel.canUndo()).toBe(false);
    model.sharedModel.redo();
    expect(tags(model)).toEqual([undefined, ['step:get']]);
    expect(model.getMetadata('nbprism')).toEqual({ schema: 1, steps: { get: { cpus: 2 } } });
  });

  it('of settings alone is undone too, and what JupyterLab notes down is no edit', () => {
    const model = notebookOf(code('a', '1', 'step:load'));
    applyEdit(model, { settings: { load: { cpus: 2 } } });
    model.setMetadata('language_info', { name: 'python' });
    model.sharedModel.undo();
    expect(model.getMetadata('nbprism')).toBeUndefined();
    expect(model.getMetadata('language_info')).toEqual({ name: 'python' });
  });
});

describe('the notebook for the compiler', () => {
  it('has no outputs and no trust marks', () => {
    const model = notebookOf(code('a', 'x = 1', 'step:load'), {
      cell_type: 'markdown',
      id: 'm',
      source: '# text',
      metadata: {}
    });
    const form = snapshot(model);
    expect(form.cells).toEqual([
      {
        id: 'a',
        cell_type: 'code',
        source: 'x = 1',
        metadata: { tags: ['step:load'] },
        outputs: [],
        execution_count: null
      },
      { id: 'm', cell_type: 'markdown', source: '# text', metadata: {} }
    ]);
    expect([...sources(form)]).toEqual([['a', 'x = 1']]);
  });
});
