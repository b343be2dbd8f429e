// @vitest-environment jsdom
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { IBaseCell, IOutput } from '@jupyterlab/nbformat';
import type { NotebookModel } from '@jupyterlab/notebook';
import { describe, expect, it } from 'vitest';
import type { NotebookSession } from '../../src/model/session';
import type { OutputWriter } from '../../src/model/writer';
import {
  accepted,
  cellEnded,
  cellStarted,
  display,
  log,
  output,
  runSucceeded,
  started,
  stream,
  succeeded
} from '../model/log';
import type { EventBody } from '../model/log';
import { FakeApi, Tab, code, notebookOf, settle } from './fixtures';

interface IStage {
  readonly api: FakeApi;
  readonly tab: Tab;
  readonly model: NotebookModel;
  readonly session: NotebookSession;
  readonly writer: OutputWriter;
}

async function stage(): Promise<IStage> {
  const api = new FakeApi();
  const tab = new Tab(api);
  const model = notebookOf(code('c1', 'print(1)', 'step:a'), code('c2', 'print(2)'));
  return { api, tab, model, ...(await tab.open(model)) };
}

async function running(): Promise<IStage> {
  const set = await stage();
  await set.session.runs.start();
  await settle();
  emit(set, accepted('a'), started('a'), cellStarted('a', 'c1'));
  return set;
}

function emit({ api }: IStage, ...bodies: EventBody[]): void {
  api.emit(log(bodies, api.events_.length + 1));
}

function cell(model: NotebookModel, index: number): ICodeCellModel {
  return model.cells.get(index) as ICodeCellModel;
}

function texts(model: NotebookModel, index: number): unknown[] {
  return cell(model, index)
    .outputs.toJSON()
    .map(item => item.text ?? (item.data as Record<string, unknown>)['text/plain']);
}

function saved(model: NotebookModel, index: number): unknown[] {
  const { outputs } = cell(model, index).sharedModel.toJSON() as IBaseCell & { outputs: IOutput[] };
  return outputs.map(item => item.text);
}

describe('the tab that started a run', () => {
  it('writes streams as they grow, into the page and into what is saved', async () => {
    const set = await running();
    emit(set, output('a', 'c1', stream('one\n')));
    emit(set, output('a', 'c1', stream('two\n')));
    expect(texts(set.model, 0)).toEqual(['one\ntwo\n']);
    expect(saved(set.model, 0)).toEqual(['one\ntwo\n']);
  });

  it('keeps the order of outputs of different kinds', async () => {
    const set = await running();
    emit(set, output('a', 'c1', stream('1'), display('x')));
    emit(set, output('a', 'c1', stream('2'), stream('3', 'stderr')));
    expect(texts(set.model, 0)).toEqual(['1', 'x', '2', '3']);
  });

  it('overwrites a progress bar, and goes on after it', async () => {
    const set = await running();
    for (const percent of [0, 50, 100]) {
      emit(set, output('a', 'c1', stream(`\r${percent}%`)));
    }
    emit(set, output('a', 'c1', stream('\ndone\n')));
    expect(texts(set.model, 0)).toEqual(['100%\ndone\n']);
    expect(saved(set.model, 0)).toEqual(['100%\ndone\n']);
  });

  it('replaces what clear_output(wait=True) replaces', async () => {
    const set = await running();
    emit(set, output('a', 'c1', display('first')));
    emit(set, output('a', 'c1', { op: 'clear', wait: true }, display('second')));
    expect(texts(set.model, 0)).toEqual(['second']);
  });

  it('clears', async () => {
    const set = await running();
    emit(set, output('a', 'c1', stream('x'), display('y')));
    emit(set, output('a', 'c1', { op: 'clear', wait: false }));
    expect(texts(set.model, 0)).toEqual([]);
  });

  it('sets the execution count when the cell has ended', async () => {
    const set = await running();
    emit(set, cellEnded('a', 'c1'));
    expect(cell(set.model, 0).executionCount).toBe(3);
  });

  it('takes the output of an earlier execution away when the cell starts', async () => {
    const set = await stage();
    cell(set.model, 0).outputs.add({ output_type: 'stream', name: 'stdout', text: 'old' });
    await set.session.runs.start();
    await settle();
    emit(set, accepted('a'), started('a'));
    expect(texts(set.model, 0)).toEqual(['old']);
    emit(set, cellStarted('a', 'c1'));
    expect(texts(set.model, 0)).toEqual([]);
  });

  it('offers the output of an edited cell instead of writing it', async () => {
    const set = await running();
    cell(set.model, 0).sharedModel.setSource('print("edited")');
    emit(set, output('a', 'c1', stream('x')));
    expect(texts(set.model, 0)).toEqual([]);
    expect(set.writer.offers('c1')).toBe(true);
    set.writer.show('c1');
    emit(set, output('a', 'c1', stream('y')));
    expect(texts(set.model, 0)).toEqual(['xy']);
    expect(set.writer.offers('c1')).toBe(false);
  });

  it('leaves a cell alone that the user ran meanwhile', async () => {
    const set = await running();
    emit(set, output('a', 'c1', stream('run')));
    const { outputs } = cell(set.model, 0);
    outputs.clear();
    outputs.add({ output_type: 'display_data', data: { 'text/plain': '1' }, metadata: {} });
    outputs.add({ output_type: 'stream', name: 'stdout', text: 'mine' });
    emit(set, output('a', 'c1', stream('more')));
    expect(texts(set.model, 0)).toEqual(['1', 'mine']);
    expect(set.writer.offers('c1')).toBe(true);
  });

  it('knows which outputs are the run’s, until the user runs or clears the cell', async () => {
    const set = await running();
    const model = cell(set.model, 0);
    expect(set.writer.shows(model)).toBe(false);
    emit(set, output('a', 'c1', stream('x')));
    expect(set.writer.shows(model)).toBe(true);
    expect(set.writer.shows(cell(set.model, 1))).toBe(false);
    model.clearExecution();
    expect(set.writer.shows(model)).toBe(false);
    set.writer.show('c1');
    expect(set.writer.shows(model)).toBe(true);
    set.writer.leave('c1');
    expect(set.writer.shows(model)).toBe(false);
  });

  it('writes nothing where the user wants none, and offers it', async () => {
    const set = await running();
    set.tab.isWanted = false;
    emit(set, output('a', 'c1', stream('x')));
    expect(texts(set.model, 0)).toEqual([]);
    expect(set.writer.offers('c1')).toBe(true);
  });

  it('does at once what the user sets meanwhile', async () => {
    const set = await running();
    emit(set, output('a', 'c1', stream('x')));
    set.tab.isWanted = false;
    set.writer.reconsider();
    emit(set, output('a', 'c1', stream('y')));
    expect(texts(set.model, 0)).toEqual(['x']);
    set.tab.isWanted = true;
    set.writer.reconsider();
    expect(texts(set.model, 0)).toEqual(['xy']);
  });

  it('survives that a cell is deleted', async () => {
    const set = await running();
    set.model.sharedModel.deleteCell(0);
    emit(set, output('a', 'c1', stream('x')), succeeded('a'), runSucceeded());
    expect(set.session.runs.isActive).toBe(false);
  });

  it('ignores outputs of cells that are not the user’s', async () => {
    const set = await running();
    emit(set, output('a', 'nbprism-load', stream('x')));
    expect(texts(set.model, 1)).toEqual([]);
  });
});

describe('after a reload', () => {
  it('the tab goes on writing, without repeating what the file has', async () => {
    const set = await running();
    emit(set, output('a', 'c1', stream('one\n')));
    const reloaded = notebookOf(...set.model.toJSON().cells);
    set.session.dispose();
    await set.tab.open(reloaded);
    expect(texts(reloaded, 0)).toEqual(['one\n']);
    emit(set, output('a', 'c1', stream('two\n')));
    expect(texts(reloaded, 0)).toEqual(['one\ntwo\n']);
  });

  it('the tab brings back what was not saved', async () => {
    const set = await running();
    emit(set, output('a', 'c1', stream('one\n')));
    set.session.dispose();
    const reloaded = notebookOf(code('c1', 'print(1)', 'step:a'), code('c2', 'print(2)'));
    await set.tab.open(reloaded);
    expect(texts(reloaded, 0)).toEqual(['one\n']);
  });

  it('a run that was written is not written again', async () => {
    const set = await running();
    emit(set, output('a', 'c1', stream('one\n')), succeeded('a'), runSucceeded());
    set.session.dispose();
    const reloaded = notebookOf(code('c1', 'print(1)', 'step:a'));
    const { writer, session } = await set.tab.open(reloaded);
    expect(session.runs.watch?.state.state).toBe('succeeded');
    expect(texts(reloaded, 0)).toEqual([]);
    expect(writer.offers('c1')).toBe(true);
  });

  it('outputs that the file has are still known as the run’s', async () => {
    const set = await running();
    emit(set, output('a', 'c1', stream('one\n')), succeeded('a'), runSucceeded());
    set.session.dispose();
    const reloaded = notebookOf(code('c1', 'print(1)', 'step:a'));
    const model = cell(reloaded, 0);
    model.outputs.add({ output_type: 'stream', name: 'stdout', text: 'one\n' });
    const { writer } = await set.tab.open(reloaded);
    expect(writer.shows(model)).toBe(true);
  });
});

describe('another tab', () => {
  it('follows the run and writes nothing', async () => {
    const set = await running();
    const other = notebookOf(code('c1', 'print(1)', 'step:a'));
    const { session, writer } = await new Tab(set.api).open(other);
    emit(set, output('a', 'c1', stream('x')), succeeded('a'), runSucceeded());
    expect(session.runs.watch?.state.state).toBe('succeeded');
    expect(texts(other, 0)).toEqual([]);
    expect(writer.offers('c1')).toBe(true);
  });

  it('is offered what there is while the run goes on, and goes on with what it shows', async () => {
    const set = await running();
    const other = notebookOf(code('c1', 'print(1)', 'step:a'));
    const { writer } = await new Tab(set.api).open(other);
    emit(set, output('a', 'c1', stream('one\n')));
    expect(writer.offers('c1')).toBe(true);
    writer.show('c1');
    emit(set, output('a', 'c1', stream('two\n')));
    expect(texts(other, 0)).toEqual(['one\ntwo\n']);
    expect(writer.offers('c1')).toBe(false);
  });

  it('shows what it is asked for, untrusted', async () => {
    const set = await running();
    const other = notebookOf(code('c1', 'print(1)', 'step:a'));
    const { writer } = await new Tab(set.api).open(other);
    emit(set, output('a', 'c1', stream('x')), succeeded('a'), runSucceeded());
    writer.show('c1');
    expect(texts(other, 0)).toEqual(['x']);
    expect(cell(other, 0).trusted).toBe(false);
  });
});

describe('a session', () => {
  it('submits the notebook without outputs', async () => {
    const { api, model, session } = await stage();
    cell(model, 0).outputs.add({ output_type: 'stream', name: 'stdout', text: 'old' });
    await session.runs.start({ parameters: { lr: 0.5 } });
    const [submission] = api.submitted;
    expect(submission?.parameters).toEqual({ lr: 0.5 });
    expect(submission?.notebook.cells.map(item => item.outputs)).toEqual([[], []]);
  });

  it('knows after a reload what was typed for the next run, until it is taken back', async () => {
    const { model, session, tab } = await stage();
    session.parameters.set('lr', '0.5');
    session.dispose();
    const reloaded = (await tab.open(model)).session;
    expect(reloaded.parameters.get('lr')).toBe('0.5');
    reloaded.parameters.set('lr', null);
    reloaded.dispose();
    expect((await tab.open(model)).session.parameters.get('lr')).toBeNull();
  });

  it('stops one step, as long as it runs', async () => {
    const set = await running();
    const { runs } = set.session;
    const run = runs.watch?.state.run ?? '';
    await runs.cancelStep('b');
    expect(set.api.cancelled).toEqual([]);
    await runs.cancelStep('a');
    expect(set.api.cancelled).toEqual([`${run} a`]);
    emit(set, cellEnded('a', 'c1'), succeeded('a'), runSucceeded());
    expect(runs.canCancelStep('a')).toBe(false);
  });

  it('starts one run at a time', async () => {
    const { api, session } = await stage();
    await Promise.all([session.runs.start(), session.runs.start()]);
    await session.runs.start();
    expect(api.submitted).toHaveLength(1);
  });

  it('writes a thousand lines in well under a second', async () => {
    const set = await running();
    const from = performance.now();
    for (let line = 0; line < 1000; line += 1) {
      emit(set, output('a', 'c1', stream(`line ${line}\n`)));
    }
    expect(String(texts(set.model, 0)[0]).split('\n')).toHaveLength(1001);
    expect(performance.now() - from).toBeLessThan(10_000);
  });
});

describe('running from the panel or the toolbar', () => {
  it('starts a run with the parameters as they are typed', async () => {
    const { api, session } = await stage();
    expect(await session.run()).toBe(true);
    expect(api.submitted[0]?.parameters).toEqual({});
  });

  it('does not submit a notebook whose pipeline has errors', async () => {
    const set = await stage();
    set.api.finding = 'error';
    set.model.cells.get(0).sharedModel.setSource('changed');
    expect(await set.session.run()).toBe(false);
    expect(set.api.submitted).toHaveLength(0);
  });

  it('submits one that only has warnings', async () => {
    const set = await stage();
    set.api.finding = 'warning';
    set.model.cells.get(0).sharedModel.setSource('changed');
    expect(await set.session.run()).toBe(true);
  });
});
