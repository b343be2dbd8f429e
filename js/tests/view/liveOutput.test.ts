// @vitest-environment jsdom
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { describe, expect, it } from 'vitest';
import { LiveOutput } from '../../src/results/liveOutput';
import type { ILiveOutputOptions } from '../../src/results/liveOutput';
import { FakeKernelPlace, settle } from '../cells/fixtures';

const WIDGET = 'application/vnd.jupyter.widget-view+json';

/** A kernel with a widget that lives, seen by this page or only by the kernel. */
class FakeKernel {
  constructor(
    private readonly _known: boolean,
    private readonly _alive: boolean
  ) {}

  hasComm(): boolean {
    return this._known;
  }

  requestCommInfo(): Promise<unknown> {
    const comms = this._alive ? { w1: { target_name: 'jupyter.widget' } } : {};
    return Promise.resolve({ content: { status: 'ok', comms } });
  }
}

function outputOf(place: FakeKernelPlace): LiveOutput {
  const rendermime = {
    mimeTypes: [WIDGET, 'text/html'],
    createRenderer: (mimeType: string) => {
      const widget = new Widget();
      const renderModel = (): Promise<void> => {
        widget.node.textContent = mimeType;
        return Promise.resolve();
      };
      return Object.assign(widget, { renderModel });
    }
  };
  const options = { rendermime, place, trans: nullTranslator.load('nbprism') };
  return new LiveOutput(options as unknown as ILiveOutputOptions);
}

function model(trusted = true): Parameters<LiveOutput['renderModel']>[0] {
  const data = { 'application/vnd.nbprism.live+json': { model: 'w1', again: 'show("x")' } };
  return { data, metadata: {}, trusted, setData: () => undefined };
}

async function shown(kernel: FakeKernel | null, trusted = true): Promise<string> {
  const place = new FakeKernelPlace();
  place.session = kernel === null ? null : { kernel };
  const output = outputOf(place);
  await output.renderModel(model(trusted));
  await settle();
  return output.node.textContent;
}

describe('an output that shows a run', () => {
  it.each<[string, FakeKernel | null, boolean, boolean]>([
    ['its widget while that lives', new FakeKernel(true, true), true, true],
    ['its widget in a page that was loaded again', new FakeKernel(false, true), true, true],
    ['what it left when the kernel is another', new FakeKernel(false, false), true, false],
    ['what it left without a kernel', null, true, false],
    ['no widget of a notebook that is not trusted', new FakeKernel(true, true), false, false]
  ])('shows %s', async (_, kernel, trusted, isLive) => {
    const text = await shown(kernel, trusted);
    expect(text).toContain(isLive ? WIDGET : 'text/html');
    expect(text.includes('run show("x") in a cell')).toBe(!isLive);
  });

  it('shows its widget as soon as the kernel is connected', async () => {
    const place = new FakeKernelPlace();
    const output = outputOf(place);
    await output.renderModel(model());
    expect(output.node.textContent).toContain('text/html');
    place.session = { kernel: new FakeKernel(false, true) };
    place.kernelChanged.emit({});
    await settle();
    expect(output.node.textContent).toBe(WIDGET);
  });

  it('falls back to what it left when its kernel is restarted', async () => {
    const place = new FakeKernelPlace();
    place.session = { kernel: new FakeKernel(true, true) };
    const output = outputOf(place);
    await output.renderModel(model());
    expect(output.node.textContent).toBe(WIDGET);
    place.statusChanged.emit('restarting');
    await settle();
    expect(output.node.textContent).toContain('text/html');
    expect(output.widgets.length).toBe(2);
  });
});
