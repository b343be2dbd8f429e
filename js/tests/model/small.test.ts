import { describe, expect, it } from 'vitest';
import { chipOf, sameChip } from '../../src/model/chips';
import type { IChipFacts } from '../../src/model/chips';
import { DriverClock } from '../../src/model/clock';
import { hues } from '../../src/model/colours';
import { digest } from '../../src/model/digest';
import { parseFrame } from '../../src/model/events';
import { TabMemory } from '../../src/model/memory';
import { fold, newRun } from '../../src/model/run';
import { bytes, duration, metric } from '../../src/model/words';
import { accepted, cellEnded, cellStarted, failed, log, started, succeeded } from './log';
import type { EventBody } from './log';

describe('colours', () => {
  it('stay with the name', () => {
    expect(hues(['load', 'train']).get('load')).toBe(hues(['load']).get('load'));
  });

  it('differ between up to twelve steps of a notebook', () => {
    const names = Array.from({ length: 12 }, (_, index) => `step${index}`);
    expect(new Set(hues(names).values()).size).toBe(12);
  });

  it('are there for any number of steps', () => {
    const names = Array.from({ length: 100 }, (_, index) => `step${index}`);
    expect(hues(names).size).toBe(100);
  });
});

describe('words', () => {
  it.each([
    [0, '0 ms'],
    [0.0994, '99 ms'],
    [0.1, '0.1 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.6, '1:00'],
    [185, '3:05'],
    [3723, '1:02:03']
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [512, '512 B'],
    [1500, '1.5 kB'],
    [2e7, '20 MB'],
    [999_999, '1.0 MB']
  ])('%d bytes are %s', (count, text) => {
    expect(bytes(count)).toBe(text);
  });

  it.each([
    [0.123456789, '0.12346'],
    [4, '4'],
    [true, 'true'],
    ['svm', 'svm']
  ])('the metric %s is shown as %s', (value, text) => {
    expect(metric(value)).toBe(text);
  });
});

describe('the chip of a cell', () => {
  const facts = (more: Partial<IChipFacts>): IChipFacts => ({
    cell: 'c',
    tags: [],
    place: null,
    diagnostics: [],
    settings: () => ({ gpus: 1 }),
    stale: () => null,
    hues: new Map([['a', 90]]),
    run: null,
    ...more
  });
  const during = (...bodies: EventBody[]): Partial<IChipFacts> => ({
    tags: ['step:a'],
    run: log([accepted('a'), ...bodies]).reduce(fold, newRun('r'))
  });

  it.each<[string, Partial<IChipFacts>, object]>([
    ['says nothing of a cell it does not know', {}, { kind: 'none', label: '' }],
    ['names the step of a tag', { tags: ['step:a'] }, { kind: 'step', label: 'a', hue: 90 }],
    [
      'names the step that an untagged cell continues',
      { place: { role: 'step', step: 'a' } },
      { kind: 'step', label: 'a', isImplied: true }
    ],
    [
      'says that an untagged cell is setup',
      { place: { role: 'setup', step: null } },
      { kind: 'role', label: 'setup', isImplied: true }
    ],
    [
      'believes a new tag more than the last compilation',
      { tags: ['skip'], place: { role: 'step', step: 'a' } },
      { kind: 'role', label: 'skip', isImplied: false }
    ],
    [
      'marks metrics of a step',
      { tags: ['metrics', 'step:a'] },
      { kind: 'step', label: 'a', isMetrics: true }
    ],
    ['waits with its step', during(), { state: 'waiting' }],
    [
      'is queued with its step, for what that reserves',
      during({ kind: 'step-queued', step: 'a' } as EventBody),
      { state: 'queued', queuedFor: { gpus: 1 } }
    ],
    [
      'is queued while an earlier cell runs, and for nothing else',
      during(started('a')),
      { state: 'queued', queuedFor: null }
    ],
    [
      'runs',
      during(started('a'), cellStarted('a', 'c')),
      { state: 'running', runningSince: 103, durationS: null }
    ],
    [
      'has succeeded before its step has',
      during(started('a'), cellStarted('a', 'c'), cellEnded('a', 'c')),
      { state: 'succeeded', durationS: 0.5 }
    ],
    [
      'has failed',
      during(started('a'), cellStarted('a', 'c'), cellEnded('a', 'c', false), failed('a')),
      { state: 'failed' }
    ],
    ['was not reached', during(started('a'), failed('a')), { state: 'skipped' }],
    ['is done with its step', during(started('a'), succeeded('a')), { state: 'succeeded' }]
  ])('%s', (_, more, expected) => {
    expect(chipOf(facts(more))).toMatchObject(expected);
  });

  it('shows the worst finding', () => {
    const place = { step: null, cell: 'c', line: 1, setting: null };
    const finding = { code: 'x', message: 'm', hint: '', ...place, fix: null };
    const chip = chipOf(
      facts({
        diagnostics: [
          { ...finding, severity: 'warning' },
          { ...finding, severity: 'error' }
        ]
      })
    );
    expect(chip.severity).toBe('error');
    expect(sameChip(chip, { ...chip })).toBe(true);
    expect(sameChip(chip, { ...chip, label: 'b' })).toBe(false);
  });
});

describe("the driver's clock", () => {
  it('is right when the driver is ahead', () => {
    const clock = new DriverClock();
    clock.observe(110, 100, false);
    expect(clock.at(101)).toBe(111);
  });

  it('does not take an old event for a slow clock', () => {
    const clock = new DriverClock();
    clock.observe(50, 100, false);
    expect(clock.at(100)).toBe(100);
  });

  it('learns from live events that the driver is behind', () => {
    const clock = new DriverClock();
    clock.observe(90, 100, true);
    clock.observe(91, 101.5, true);
    expect(clock.at(102)).toBe(92);
  });
});

describe("a tab's memory", () => {
  const started_ = { run: 'r', sources: { c: digest('x') }, isWritten: false };

  it('brings back what it kept', () => {
    const kept = new Map<string, string>();
    const memory = new TabMemory({
      getItem: key => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value)
    });
    memory.keep('a.ipynb', started_);
    expect(memory.recall('a.ipynb')).toEqual(started_);
    expect(memory.recall('b.ipynb')).toBeNull();
  });

  it('does without storage', () => {
    const fail = (): never => {
      throw new Error('denied');
    };
    const memory = new TabMemory({ getItem: fail, setItem: fail });
    memory.keep('a.ipynb', started_);
    expect(memory.recall('a.ipynb')).toBeNull();
    memory.keepTyped('a.ipynb', new Map([['lr', '1']]));
    expect(memory.typed('a.ipynb').size).toBe(0);
  });
});

describe('frames of events', () => {
  it.each([['{}'], ['[1]'], ['[{"seq":1}]'], ['no'], [new ArrayBuffer(1)]])('refuses %s', frame => {
    expect(() => parseFrame(frame)).toThrow();
  });

  it('reads a list of events', () => {
    expect(parseFrame('[{"seq":1,"at":2,"kind":"run-cancelling"}]')).toHaveLength(1);
  });
});

describe('digests', () => {
  it('tell near texts apart', () => {
    const texts = Array.from({ length: 5000 }, (_, index) => `x = ${index}`);
    expect(new Set(texts.map(digest)).size).toBe(5000);
  });
});
