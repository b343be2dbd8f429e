import { describe, expect, it } from 'vitest';
import { RunLog } from '../../src/model/runLog';
import { accepted, failed, log, output, runSucceeded, started, stream, succeeded } from './log';
import type { EventBody } from './log';

function lines(...bodies: EventBody[]): string[] {
  const kept = new RunLog();
  log(bodies).forEach(event => kept.apply([event]));
  return kept.lines.map(({ step, text }) => `${step ?? '*'}: ${text}`);
}

describe('the log of a run', () => {
  it('says how its steps went, with what they wrote', () => {
    expect(
      lines(
        accepted('load'),
        started('load'),
        output('load', 'c1', stream('one\ntwo\n')),
        succeeded('load'),
        runSucceeded()
      )
    ).toEqual([
      '*: accepted: 1 steps on local',
      'load: started',
      'load: one',
      'load: two',
      'load: succeeded after 1.5 s',
      '*: succeeded after 9.0 s'
    ]);
  });

  it('puts the pieces of a line together, for each step its own', () => {
    expect(
      lines(
        output('a', 'c1', stream('be')),
        output('b', 'c2', stream('other\n')),
        output('a', 'c1', stream('gun\nla')),
        output('a', 'c1', stream('st')),
        failed('a')
      )
    ).toEqual(['b: other', 'a: begun', 'a: last', 'a: failed: ValueError: no']);
  });

  it('keeps the last form of a progress bar', () => {
    expect(lines(output('a', 'c1', stream('10%\r50%\r100%\n')))).toEqual(['a: 100%']);
  });

  it('keeps the end of a long log and knows how much went before', () => {
    const kept = new RunLog();
    const text = Array.from({ length: 30_000 }, (_, number) => `${number}\n`).join('');
    kept.apply(log([output('a', 'c1', stream(text))]));
    expect(kept.lines.length).toBe(20_000);
    expect([kept.dropped, kept.lines[0]?.text]).toEqual([10_000, '10000']);
  });
});
