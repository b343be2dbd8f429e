import { describe, expect, it } from 'vitest';
import { taggedSteps, withSteps } from '../../src/model/cells';
import { movesTo } from '../../src/model/edit';
import { readSettings, withSettings } from '../../src/model/stepSettings';
import type { StepsSettings } from '../../src/model/stepSettings';
import {
  canSplit,
  deleteStep,
  freeName,
  moveStep,
  neighbour,
  renameStep,
  splitStep
} from '../../src/model/steps';
import type { ISteps } from '../../src/model/steps';

const TAGLESS = new Set(['#', '-']);
const ROLES = new Set(['imports', 'metrics', 'skip']);

/** A notebook in short: `a` is a cell tagged so, `-` one without a tag, `#` text, others are roles. */
function notebook(line: string, settings: StepsSettings = {}): ISteps {
  const cells = line.split(' ').map((word, index) => ({
    index,
    id: `c${index}`,
    isCode: word !== '#',
    tags: TAGLESS.has(word) ? [] : [ROLES.has(word) ? word : `step:${word}`]
  }));
  return { cells: withSteps(cells), settings };
}

function steps({ cells }: ISteps): string {
  return cells.map(cell => cell.step ?? '.').join(' ');
}

describe('the step of a cell', () => {
  it('goes on in untagged code below, past text and roles', () => {
    expect(steps(notebook('imports - a # - skip - b'))).toBe('. . a . a . a b');
  });

  it('is one of the compiler where a cell has only `metrics`, until the next step', () => {
    const { cells } = notebook('a metrics - b');
    expect(steps({ cells, settings: {} })).toBe('a . . b');
    expect(taggedSteps(cells)).toEqual(['a', 'b']);
  });
});

describe('renaming a step', () => {
  it('changes its tags, the key of its settings and what is to run after it', () => {
    const { tags, settings } = renameStep(
      notebook('a - b', { a: { cpus: 2 }, b: { after: ['a'] } }),
      'a',
      'load'
    );
    expect([...(tags ?? [])]).toEqual([[0, ['step:load']]]);
    expect(settings).toEqual({ load: { cpus: 2 }, b: { after: ['load'] } });
  });

  it('to the name of another step merges them: what that one says about itself stays', () => {
    const before = { a: { cpus: 2, retries: 1, after: ['x', 'b'] }, b: { cpus: 4, after: ['y'] } };
    const { settings } = renameStep(notebook('a b', before), 'a', 'b');
    expect(settings).toEqual({ b: { cpus: 4, retries: 1, after: ['y', 'x'] } });
  });
});

describe('splitting a step', () => {
  it('gives the cells from here on another name, without touching those that only continue', () => {
    const { tags } = splitStep(notebook('a - - a b'), 2, 'a_2');
    expect([...(tags ?? [])]).toEqual([
      [2, ['step:a_2']],
      [3, ['step:a_2']]
    ]);
  });

  it('keeps the settings for both parts, and what waited for the step waits for both', () => {
    const before = { a: { gpus: 1 }, b: { after: ['a'] } };
    const { settings } = splitStep(notebook('a - b', before), 1, 'a_2');
    expect(settings).toEqual({ a: { gpus: 1 }, a_2: { gpus: 1 }, b: { after: ['a', 'a_2'] } });
  });

  it('is for a cell with something of the step above it', () => {
    const { cells } = notebook('imports a - b');
    expect(cells.map(cell => canSplit(cells, cell.index))).toEqual([false, false, true, false]);
  });

  it('proposes a name that is free', () => {
    expect(freeName(notebook('a A_2 b').cells, 'a')).toBe('a_3');
    expect(freeName(notebook('a a_2').cells, 'a_2')).toBe('a_3');
  });
});

describe('deleting a step', () => {
  it('takes its tags, its settings and what is to run after it away', () => {
    const before = { a: { cpus: 2 }, b: { after: ['a'], cpus: 3 } };
    const { tags, settings } = deleteStep(notebook('a - b', before), 'a');
    expect([...(tags ?? [])]).toEqual([[0, []]]);
    expect(settings).toEqual({ b: { cpus: 3 } });
  });
});

describe('moving a step', () => {
  it('moves all its cells, each with the text above it', () => {
    expect(moveStep(notebook('# a - # b # c'), 'c', 'before', 'a').order).toEqual([
      5, 6, 0, 1, 2, 3, 4
    ]);
    expect(moveStep(notebook('# a - # b # c'), 'a', 'after', 'b').order).toEqual([
      3, 4, 0, 1, 2, 5, 6
    ]);
  });

  it('brings cells that lay apart together', () => {
    expect(moveStep(notebook('a b a c'), 'a', 'after', 'b').order).toEqual([1, 0, 2, 3]);
  });

  it('knows the step above and below', () => {
    const { cells } = notebook('a b a c');
    expect([neighbour(cells, 'a', -1), neighbour(cells, 'b', 1)]).toEqual([null, 'c']);
  });

  it.each([[[0, 1, 2]], [[2, 0, 1]], [[1, 2, 0]], [[3, 2, 1, 0]]])('is single moves: %j', order => {
    const cells = order.map((_, index) => index);
    movesTo(order).forEach(([from, to]) => cells.splice(to, 0, ...cells.splice(from, 1)));
    expect(cells).toEqual(order);
  });
});

describe('settings in the metadata', () => {
  it('are read from whatever is there', () => {
    expect(readSettings({ steps: { a: { cpus: 2 }, b: 7 } })).toEqual({ a: { cpus: 2 } });
    expect([readSettings(undefined), readSettings({ steps: 3 })]).toEqual([{}, {}]);
  });

  it('leave the rest alone, and nothing behind when the last one goes', () => {
    const old = { schema: 1, kale: { x: 1 }, steps: { a: { cpus: 2 } } };
    expect(withSettings(old, {})).toEqual({ schema: 1, kale: { x: 1 } });
    expect(withSettings({ schema: 1, steps: {} }, { a: {} })).toBeUndefined();
    expect(withSettings(undefined, { a: { cpus: 3 } })).toEqual({
      schema: 1,
      steps: { a: { cpus: 3 } }
    });
  });
});
