import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../src/model/events';
import { RunFeed } from '../../src/model/feed';
import type { IEventConnection } from '../../src/model/feed';
import { accepted, log, runSucceeded, started, succeeded } from './log';

/** A connection that a test drives by hand. */
class Wire implements IEventConnection {
  constructor(readonly after: number) {}

  onEvents: (events: readonly RunEvent[]) => void = () => undefined;
  onClose: () => void = () => undefined;
  isDisposed = false;

  dispose(): void {
    this.isDisposed = true;
  }
}

const EVENTS = log([accepted('a'), started('a'), succeeded('a'), runSucceeded()]);
const part = (from: number, to: number): readonly RunEvent[] => EVENTS.slice(from - 1, to);

function follow(exists = true): { feed: RunFeed; wires: Wire[]; seen: number[] } {
  const wires: Wire[] = [];
  const seen: number[] = [];
  const feed = new RunFeed({
    connect: after => {
      const wire = new Wire(after);
      wires.push(wire);
      return wire;
    },
    exists: () => Promise.resolve(exists)
  });
  feed.received.connect((_, events) => seen.push(...events.map(event => event.seq)));
  feed.start();
  return { feed, wires, seen };
}

describe('a feed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks for everything first and ends with the run', () => {
    const { feed, wires, seen } = follow();
    expect(wires[0]!.after).toBe(0);
    wires[0]!.onEvents(EVENTS);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(feed.state).toBe('ended');
    expect(wires[0]!.isDisposed).toBe(true);
  });

  it('passes each event on once', () => {
    const { wires, seen } = follow();
    wires[0]!.onEvents(part(1, 2));
    wires[0]!.onEvents(part(1, 3));
    expect(seen).toEqual([1, 2, 3]);
  });

  it('goes on after the last event it has when the connection breaks', async () => {
    const { feed, wires, seen } = follow();
    wires[0]!.onEvents(part(1, 2));
    wires[0]!.onClose();
    expect(feed.state).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1000);
    expect(wires[1]!.after).toBe(2);
    wires[1]!.onEvents(part(3, 4));
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('passes on what has no number, and counts on', () => {
    const { feed, wires, seen } = follow();
    wires[0]!.onEvents(part(1, 2));
    wires[0]!.onEvents([{ seq: 0, at: 9, kind: 'run-unheard', unheard: null }]);
    wires[0]!.onEvents(part(3, 4));
    expect(seen).toEqual([1, 2, 0, 3, 4]);
    expect(feed.state).toBe('ended');
  });

  it('asks again for what is missing in between', async () => {
    const { wires, seen } = follow();
    wires[0]!.onEvents([EVENTS[0]!, EVENTS[2]!]);
    expect(wires[0]!.isDisposed).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(wires[1]!.after).toBe(1);
    wires[1]!.onEvents(part(2, 4));
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('connects anew when asked to, since an open connection may bring nothing', () => {
    const { feed, wires, seen } = follow();
    wires[0]!.onEvents(part(1, 2));
    feed.renew();
    expect(wires[0]!.isDisposed).toBe(true);
    expect(wires[1]!.after).toBe(2);
    wires[0]!.onEvents(part(3, 3)); // too late: it is not listened to any more
    wires[1]!.onEvents(part(3, 4));
    expect(seen).toEqual([1, 2, 3, 4]);
    feed.renew();
    expect(wires).toHaveLength(2);
  });

  it('waits longer and longer, but not for ever', async () => {
    const { wires } = follow();
    for (let attempt = 0; attempt < 10; attempt += 1) {
      wires.at(-1)!.onClose();
      await vi.advanceTimersByTimeAsync(20_000); // the longest pause, and what is added by chance
    }
    expect(wires).toHaveLength(11);
  });

  it('does not wait when the network is back', async () => {
    const { feed, wires } = follow();
    wires[0]!.onClose();
    await vi.advanceTimersByTimeAsync(0);
    feed.hurry();
    expect(wires).toHaveLength(2);
  });

  it('gives up on a run that is not there', async () => {
    const { feed, wires } = follow(false);
    wires[0]!.onClose();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(feed.state).toBe('gone');
    expect(wires).toHaveLength(1);
  });

  it('connects anew when the line is open and nothing comes through it', async () => {
    const { feed, wires, seen } = follow();
    wires[0]!.onEvents(part(1, 2));
    for (let beat = 0; beat < 8; beat += 1) {
      await vi.advanceTimersByTimeAsync(15_000);
      wires[0]!.onEvents([]);
    }
    expect(wires).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(45_000);
    expect(wires.map(wire => [wire.after, wire.isDisposed])).toEqual([
      [0, true],
      [2, false]
    ]);
    wires[1]!.onEvents(part(3, 4));
    await vi.advanceTimersByTimeAsync(600_000);
    expect([seen, feed.state, wires.length]).toEqual([[1, 2, 3, 4], 'ended', 2]);
  });

  it('does nothing once it is disposed', async () => {
    const { feed, wires, seen } = follow();
    feed.dispose();
    feed.dispose();
    wires[0]!.onEvents(EVENTS);
    wires[0]!.onClose();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual([]);
    expect(wires).toHaveLength(1);
  });

  it('does not listen to a connection it has given up', async () => {
    const { wires, seen } = follow();
    wires[0]!.onClose();
    await vi.advanceTimersByTimeAsync(1000);
    wires[0]!.onEvents(part(1, 1));
    expect(seen).toEqual([]);
  });
});
