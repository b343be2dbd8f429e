// @vitest-environment jsdom
import type { ISessionContext } from '@jupyterlab/apputils';
import { describe, expect, it } from 'vitest';
import { performMagic } from '../src/kernel';

interface IFuture {
  onIOPub: (message: unknown) => void;
  readonly done: Promise<unknown>;
}

/** A session whose kernel prints this, and then answers that. */
function session(prints: readonly string[], content: unknown): [ISessionContext, unknown[]] {
  const asked: unknown[] = [];
  const requestExecute = (request: unknown): IFuture => {
    asked.push(request);
    const future: IFuture = {
      onIOPub: () => undefined,
      done: Promise.resolve().then(() => {
        future.onIOPub({ header: { msg_type: 'status' }, content: {} });
        prints.forEach(text =>
          future.onIOPub({ header: { msg_type: 'stream' }, content: { name: 'stdout', text } })
        );
        return content instanceof Error ? Promise.reject(content) : { content };
      })
    };
    return future;
  };
  const context = { session: { kernel: { requestExecute } } };
  return [context as unknown as ISessionContext, asked];
}

describe('a magic that is performed for the user', () => {
  it('is not in the history, and gives what it prints', async () => {
    const [context, asked] = session(['The inputs\n', '  values: x\n'], { status: 'ok' });
    expect(await performMagic(context, 'load r1 train')).toBe('The inputs\n  values: x');
    expect(asked).toEqual([expect.objectContaining({ store_history: false, allow_stdin: false })]);
    const [{ code }] = asked as [{ code: string }];
    expect(code).toContain('load_extension("nbprism")');
    expect(code).toContain('run_line_magic("nbprism", "load r1 train")');
  });

  it('keeps a name from being code', async () => {
    const [context, asked] = session([], { status: 'ok' });
    await performMagic(context, 'load r1 "); import os; ("');
    expect((asked as [{ code: string }])[0].code).toContain('"load r1 \\"); import os; (\\""');
  });

  it.each<[string, unknown]>([
    ['KeyError: no such step', { status: 'error', ename: 'KeyError', evalue: 'no such step' }],
    [
      'cannot import nbprism',
      { status: 'error', ename: 'ModuleNotFoundError', evalue: "No module named 'nbprism'" }
    ],
    ['was interrupted', { status: 'aborted' }],
    ['was restarted', new Error('Canceled future')]
  ])('says that it failed: %s', async (says, content) => {
    const [context] = session([], content);
    await expect(performMagic(context, 'load r1 train')).rejects.toThrow(says);
  });

  it('waits for a kernel that is about to start', async () => {
    const [{ session: started }] = session(['here'], { status: 'ok' });
    const context = { session: null as unknown, ready: Promise.resolve() };
    context.ready = context.ready.then(() => {
      context.session = started;
    });
    expect(await performMagic(context as unknown as ISessionContext, 'status')).toBe('here');
  });

  it('needs a kernel', async () => {
    const context = { session: null } as unknown as ISessionContext;
    await expect(performMagic(context, 'load r1 train')).rejects.toThrow('no kernel');
  });
});
