import type { IOutput } from '@jupyterlab/nbformat';
import { describe, expect, it } from 'vitest';
import type { OutputOp } from '../../src/model/events';
import { RunOutputs, overwritten } from '../../src/model/outputs';
import { cellEnded, cellStarted, display, log, output, started, stream } from './log';

function shown(...ops: OutputOp[]): string[] {
  const outputs = new RunOutputs();
  outputs.apply(log([started('s'), cellStarted('s', 'c'), output('s', 'c', ...ops)]));
  return outputs.get('c')!.outputs.map(text);
}

function text(item: IOutput): string {
  const data = item.data as Record<string, string> | undefined;
  return item.output_type === 'stream'
    ? `${item.name as string}:${item.text as string}`
    : `${item.output_type}:${data?.['text/plain'] ?? ''}`;
}

describe('outputs of a run', () => {
  it('are another list when they are others, for readers that compare', () => {
    const outputs = new RunOutputs();
    const events = log([started('s'), cellStarted('s', 'c'), output('s', 'c', stream('a'))]);
    outputs.apply(events);
    const before = outputs.get('c')?.outputs;
    outputs.apply([]);
    expect(outputs.get('c')?.outputs).toBe(before);
    outputs.apply(log([output('s', 'c', stream('b'))], events.length + 1));
    expect(outputs.get('c')?.outputs).not.toBe(before);
    expect(before?.map(text)).toEqual(['stdout:a']);
  });

  it.each<[string, OutputOp[], string[]]>([
    ['joins text of one stream', [stream('a'), stream('b\n')], ['stdout:ab\n']],
    [
      'keeps streams apart, in order',
      [stream('a'), stream('b', 'stderr'), stream('c')],
      ['stdout:a', 'stderr:b', 'stdout:c']
    ],
    [
      'does not join over a display',
      [stream('a'), display('x'), stream('b')],
      ['stdout:a', 'display_data:x', 'stdout:b']
    ],
    ['clears at once', [stream('a'), { op: 'clear', wait: false }], []],
    ['clears when the next output comes', [stream('a'), { op: 'clear', wait: true }], ['stdout:a']],
    [
      'shows only the next output after that',
      [stream('a'), { op: 'clear', wait: true }, stream('b')],
      ['stdout:b']
    ],
    [
      'updates a display',
      [display('x', 'id'), { op: 'update', display_id: 'id', output: update('y') }],
      ['display_data:y']
    ],
    [
      'updates every display of one id',
      [
        display('x', 'id'),
        stream('-'),
        display('x', 'id'),
        { op: 'update', display_id: 'id', output: update('y') }
      ],
      ['display_data:y', 'stdout:-', 'display_data:y']
    ],
    [
      'forgets the displays it clears',
      [
        display('x', 'id'),
        { op: 'clear', wait: false },
        stream('a'),
        { op: 'update', display_id: 'id', output: update('y') }
      ],
      ['stdout:a']
    ],
    [
      'passes over an unknown display',
      [{ op: 'update', display_id: 'no', output: update('y') }],
      []
    ],
    ['shows a progress bar once', [stream('10%\r'), stream('20%\r')], ['stdout:20%\r']]
  ])('%s', (_, ops, expected) => {
    expect(shown(...ops)).toEqual(expected);
  });

  it('updates a display that stands in another cell', () => {
    const outputs = new RunOutputs();
    outputs.apply(log([started('s'), output('s', 'c1', display('x', 'id'))]));
    const op: OutputOp = { op: 'update', display_id: 'id', output: update('y') };
    const changed = outputs.apply(log([output('s', 'c2', op)], 3));
    expect([...changed]).toEqual(['c1']);
    expect(outputs.get('c1')!.outputs.map(text)).toEqual(['display_data:y']);
  });

  it('does not mix the display ids of two steps', () => {
    const outputs = new RunOutputs();
    outputs.apply(log([output('s', 'c1', display('x', 'id'))]));
    outputs.apply(
      log([output('t', 'c2', { op: 'update', display_id: 'id', output: update('y') })], 2)
    );
    expect(outputs.get('c1')!.outputs.map(text)).toEqual(['display_data:x']);
  });

  it('begins anew when a cell starts again', () => {
    const outputs = new RunOutputs();
    outputs.apply(log([cellStarted('s', 'c'), output('s', 'c', stream('first'))]));
    outputs.apply(log([started('s', 2), cellStarted('s', 'c'), output('s', 'c', stream('2'))], 3));
    expect(outputs.get('c')!.outputs.map(text)).toEqual(['stdout:2']);
  });

  it('keeps the execution count', () => {
    const outputs = new RunOutputs();
    outputs.apply(log([cellStarted('s', 'c'), cellEnded('s', 'c')]));
    expect(outputs.get('c')!.executionCount).toBe(3);
  });

  it('leaves transient fields out of what is saved', () => {
    const outputs = new RunOutputs();
    outputs.apply(log([output('s', 'c', display('x', 'id'))]));
    expect(outputs.get('c')!.outputs[0]).not.toHaveProperty('transient');
  });

  it('replaces an output instead of changing it', () => {
    const outputs = new RunOutputs();
    outputs.apply(log([output('s', 'c', stream('a'))]));
    const [before] = outputs.get('c')!.outputs;
    outputs.apply(log([output('s', 'c', stream('b'))], 2));
    expect(before!.text).toBe('a');
  });

  it('cuts a stream that never ends', () => {
    const outputs = new RunOutputs();
    const long = 'x'.repeat(600_000);
    outputs.apply(log([output('s', 'c', stream(long), stream(long), stream('the end'))]));
    const kept = outputs.get('c')!.outputs[0]!.text as string;
    expect(kept.length).toBeLessThan(1_001_000);
    expect(kept.endsWith('the end')).toBe(true);
  });

  it('is linear in what a cell prints', () => {
    const outputs = new RunOutputs();
    const events = log(
      Array.from({ length: 20_000 }, (_, i) => output('s', 'c', stream(`${i}\n`)))
    );
    outputs.apply(events);
    expect((outputs.get('c')!.outputs[0]!.text as string).split('\n')).toHaveLength(20_001);
  });
});

describe('carriage returns', () => {
  it.each([
    ['abc', '\rX', 'Xbc'],
    ['abc\r', 'X', 'Xbc'],
    ['one\nabc', '\rX\n', 'one\nXbc\n'],
    ['', '1\r2\r3', '3'],
    ['a', '\r\nb', 'a\nb'],
    ['a\n', '50%\r100%\r', 'a\n100%\r']
  ])('%j and %j', (before, more, after) => {
    expect(overwritten(before, more)).toBe(after);
  });
});

function update(value: string): IOutput {
  return { output_type: 'display_data', data: { 'text/plain': value }, metadata: {} };
}
