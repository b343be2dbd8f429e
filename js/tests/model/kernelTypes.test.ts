// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { KernelTypes, given, namesOn } from '../../src/model/kernelTypes';
import type { IGlance, IKernelTypes, KernelPlace } from '../../src/model/kernelTypes';
import type { IPipeline } from '../../src/model/pipeline';
import { FakeKernelPlace, settle } from '../cells/fixtures';

const edge = (from: string, to: string, ...names: string[]): IPipeline['edges'][number] => ({
  from,
  to,
  names,
  reason: ''
});

const PIPELINE = {
  edges: [edge('load', 'fit', 'X', 'y'), edge('load', 'plot', 'X'), edge('fit', 'plot')]
} as unknown as IPipeline;

const X: IGlance = {
  name: 'X',
  type: 'list',
  preview: '2 items',
  bytes: 20,
  whole: true,
  trouble: null
};

/** A kernel whose answers a test gives, one after the other. */
class FakeKernel {
  language = 'python';
  readonly asked: string[] = [];
  readonly answers: ((answer: unknown) => void)[] = [];

  get info(): Promise<unknown> {
    return Promise.resolve({ language_info: { name: this.language } });
  }

  requestExecute(content: { user_expressions: { types: string } }): unknown {
    this.asked.push(content.user_expressions.types);
    return { done: new Promise(resolve => this.answers.push(resolve)) };
  }

  answer(types: unknown): void {
    this.answers.shift()?.({ content: { status: 'ok', user_expressions: { types } } });
  }
}

const answered = (...found: IGlance[]): unknown => ({
  status: 'ok',
  data: { 'application/json': { found } }
});

function opened(): { kernel: FakeKernel; place: FakeKernelPlace; types: KernelTypes } {
  const kernel = new FakeKernel();
  const place = new FakeKernelPlace();
  place.session = { kernel };
  return { kernel, place, types: new KernelTypes(place as unknown as KernelPlace) };
}

describe('types from the kernel', () => {
  it('are asked for once for each variable that crosses', () => {
    expect(namesOn(PIPELINE)).toEqual(['X', 'y']);
    expect([...given(PIPELINE, 'load')]).toEqual([
      ['X', ['fit', 'plot']],
      ['y', ['fit']]
    ]);
  });

  it('are what the kernel answers, until it runs something or is another', async () => {
    const { kernel, place, types } = opened();
    void types.look(PIPELINE);
    await settle();
    expect(types.state.isLooking).toBe(true);
    expect(kernel.asked).toEqual([
      '__import__("nbprism.glance", fromlist=["glance"]).glance(["X","y"], globals())'
    ]);
    kernel.answer(answered(X));
    await settle();
    expect(types.state).toEqual({
      found: new Map([['X', X]]),
      isOld: false,
      isLooking: false,
      trouble: null
    });
    place.iopubMessage.emit({ header: { msg_type: 'execute_input' } });
    expect(types.state.isOld).toBe(true);
    place.statusChanged.emit('restarting');
    expect(types.state.found).toBeNull();
  });

  it('are asked for again when the kernel goes before it has answered', async () => {
    const { kernel, place, types } = opened();
    void types.look(PIPELINE);
    await settle();
    place.kernelChanged.emit({});
    kernel.answer(answered(X));
    await settle();
    expect(types.state).toMatchObject({ found: null, isLooking: true });
    expect(kernel.asked.length).toBe(2);
    kernel.answer(answered());
    await settle();
    expect(types.state).toMatchObject({ found: new Map(), isLooking: false });
  });

  it('are the answer to the last question', async () => {
    const { kernel, types } = opened();
    void types.look(PIPELINE);
    void types.look(PIPELINE);
    await settle();
    kernel.answer(answered());
    kernel.answer(answered(X));
    await settle();
    expect([...(types.state.found ?? [])]).toEqual([['X', X]]);
  });

  it.each<[IKernelTypes['trouble'], (world: ReturnType<typeof opened>) => void]>([
    ['no-kernel', ({ place }) => void (place.session = null)],
    ['not-python', ({ kernel }) => void (kernel.language = 'R')],
    ['no-nbprism', ({ kernel }) => kernel.answer({ status: 'error', ename: 'ImportError' })]
  ])('tell why there are none: %s', async (trouble, spoil) => {
    const world = opened();
    if (trouble !== 'no-nbprism') {
      spoil(world);
    }
    void world.types.look(PIPELINE);
    await settle();
    spoil(world);
    await settle();
    expect(world.types.state).toEqual({ found: null, isOld: false, isLooking: false, trouble });
  });
});
