// @vitest-environment jsdom
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { NotebookModel } from '@jupyterlab/notebook';
import { describe, expect, it } from 'vitest';
import type { NotebookSession } from '../../src/model/session';
import type { OutputWriter } from '../../src/model/writer';
import {
  accepted,
  cellStarted,
  log,
  output,
  runSucceeded,
  started,
  stream,
  succeeded
} from '../model/log';
import type { EventBody } from '../model/log';
import { FakeApi, Tab, code, settle, sharedNotebookOf } from './fixtures';

interface IStage {
  readonly api: FakeApi;
  readonly model: NotebookModel;
  readonly session: NotebookSession;
  readonly writer: OutputWriter;
}

async function running(writes: boolean | null): Promise<IStage> {
  const api = new FakeApi();
  api.writes = writes;
  const model = sharedNotebookOf(code('c1', 'print(1)', 'step:a'));
  const opened = await new Tab(api).open(model);
  await opened.session.runs.start();
  await settle();
  emit(
    api,
    accepted('a'),
    started('a'),
    cellStarted('a', 'c1'),
    output('a', 'c1', stream('one\n'))
  );
  await settle();
  return { api, model, ...opened };
}

function emit(api: FakeApi, ...bodies: EventBody[]): void {
  api.emit(log(bodies, api.events_.length + 1));
}

function cell(model: NotebookModel): ICodeCellModel {
  return model.cells.get(0) as ICodeCellModel;
}

/** What somebody else in the room does to the cell. */
function othersWrite(model: NotebookModel, text: string): void {
  const shared = cell(model).sharedModel;
  shared.setOutputs([{ output_type: 'stream', name: 'stdout', text }]);
}

function texts(model: NotebookModel): unknown[] {
  return cell(model)
    .outputs.toJSON()
    .map(item => item.text);
}

describe('in a room', () => {
  it('the tab that started a run leaves the writing to the server', async () => {
    const { api, model } = await running(true);
    expect(api.askedToWrite).toEqual(['run-1']);
    expect(texts(model)).toEqual([]);
  });

  it('the tab writes where the server does not', async () => {
    expect(texts((await running(false)).model)).toEqual(['one\n']);
  });

  it('nothing is written before the server has answered, and everything afterwards', async () => {
    const { api, model } = await running(null);
    expect(texts(model)).toEqual([]);
    api.writes = false;
    emit(api, output('a', 'c1', stream('two\n')));
    await settle();
    expect(texts(model)).toEqual(['one\ntwo\n']);
  });

  it('a tab that did not start the run asks nobody and writes nothing', async () => {
    const { api } = await running(true);
    const other = sharedNotebookOf(code('c1', 'print(1)', 'step:a'));
    const { writer } = await new Tab(api).open(other);
    emit(api, succeeded('a'), runSucceeded());
    expect(api.askedToWrite).toHaveLength(1);
    expect(texts(other)).toEqual([]);
    expect(writer.offers('c1')).toBe(true);
  });

  it('what others have written is known as the run’s, also when it comes last', async () => {
    const { api, model, writer } = await running(true);
    emit(api, succeeded('a'), runSucceeded());
    expect(writer.shows(cell(model))).toBe(false);
    othersWrite(model, 'one\n');
    expect(writer.shows(cell(model))).toBe(true);
    expect(writer.offers('c1')).toBe(false);
  });

  it('an edited cell keeps what it shows, and is offered the output', async () => {
    const { api, model, writer } = await running(true);
    expect(writer.offers('c1')).toBe(false);
    cell(model).sharedModel.setSource('print(2)');
    emit(api, output('a', 'c1', stream('two\n')));
    expect(writer.offers('c1')).toBe(true);
  });

  it('outputs of one’s own run are trusted, those there before are not', async () => {
    const api = new FakeApi();
    api.writes = true;
    const model = sharedNotebookOf(code('c1', 'print(1)', 'step:a'));
    othersWrite(model, 'hostile');
    const { session } = await new Tab(api).open(model);
    await session.runs.start();
    await settle();
    expect(cell(model).trusted).toBe(false);
    cell(model).sharedModel.setOutputs([]);
    othersWrite(model, 'one\n');
    expect(cell(model).trusted).toBe(true);
    expect(texts(model)).toEqual(['one\n']);
  });
});
