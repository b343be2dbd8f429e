import type { INotebookContent } from '@jupyterlab/nbformat';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Compilation } from '../../src/model/compilation';
import type { IPipeline } from '../../src/model/pipeline';

interface IAsked {
  readonly notebook: INotebookContent;
  readonly signal: AbortSignal;
  answer(pipeline: IPipeline): void;
  refuse(error: Error): void;
}

function pipeline(name: string): IPipeline {
  return {
    schema: 1,
    pipeline: name,
    parameters: [],
    steps: [],
    edges: [],
    diagnostics: [],
    cells: []
  };
}

/** A notebook with one source, and a compiler whose answers a test gives. */
function edit(): { compilation: Compilation; asked: IAsked[]; type(source: string): void } {
  let source = '';
  const asked: IAsked[] = [];
  const compilation = new Compilation({
    read: () => ({
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {},
      cells: [
        { cell_type: 'code', id: 'c', source, metadata: {}, outputs: [], execution_count: null }
      ]
    }),
    compile: (notebook, signal) =>
      new Promise((answer, refuse) => asked.push({ notebook, signal, answer, refuse }))
  });
  return {
    compilation,
    asked,
    type: text => {
      source = text;
      compilation.request();
    }
  };
}

describe('compiling while a user types', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits until nothing changes for a moment', async () => {
    const { asked, type } = edit();
    for (const text of ['x', 'x =', 'x = 1']) {
      type(text);
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(asked).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(asked.map(question => question.notebook.cells[0]!.source)).toEqual(['x = 1']);
  });

  it('drops the answer to an older question', async () => {
    const { compilation, asked, type } = edit();
    type('a');
    await vi.advanceTimersByTimeAsync(300);
    type('b');
    await vi.advanceTimersByTimeAsync(300);
    expect(asked[0]!.signal.aborted).toBe(true);
    asked[1]!.answer(pipeline('new'));
    asked[0]!.answer(pipeline('old'));
    await vi.advanceTimersByTimeAsync(0);
    expect(compilation.pipeline?.pipeline).toBe('new');
  });

  it('is behind from the first change to the answer', async () => {
    const { compilation, asked, type } = edit();
    type('a');
    expect(compilation.isBehind).toBe(true);
    await vi.advanceTimersByTimeAsync(300);
    asked[0]!.answer(pipeline('a'));
    await vi.advanceTimersByTimeAsync(0);
    expect(compilation.isBehind).toBe(false);
  });

  it('does not ask again for a change that did not matter', async () => {
    const { compilation, asked, type } = edit();
    type('a');
    await vi.advanceTimersByTimeAsync(300);
    asked[0]!.answer(pipeline('a'));
    await vi.advanceTimersByTimeAsync(0);
    compilation.request();
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toHaveLength(1);
    expect(compilation.isBehind).toBe(false);
  });

  it('keeps the last pipeline when the server fails, and asks again', async () => {
    const { compilation, asked, type } = edit();
    type('a');
    await vi.advanceTimersByTimeAsync(300);
    asked[0]!.answer(pipeline('a'));
    await vi.advanceTimersByTimeAsync(0);
    type('b');
    await vi.advanceTimersByTimeAsync(300);
    asked[1]!.refuse(new Error('down'));
    await vi.advanceTimersByTimeAsync(0);
    expect(compilation.error?.message).toBe('down');
    expect(compilation.pipeline?.pipeline).toBe('a');
    void compilation.now();
    expect(asked).toHaveLength(3);
  });

  it('says nothing once it is disposed', async () => {
    const { compilation, asked, type } = edit();
    const changed = vi.fn();
    type('a');
    await vi.advanceTimersByTimeAsync(300);
    compilation.changed.connect(changed);
    compilation.dispose();
    asked[0]!.answer(pipeline('a'));
    type('b');
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked).toHaveLength(1);
    expect(changed).not.toHaveBeenCalled();
  });
});
