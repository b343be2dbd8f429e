// @vitest-environment jsdom
import { describe, expect, it, vi } from 'vitest';
import { accepted, log, runSucceeded } from '../model/log';
import { FakeApi, Tab, code, notebookOf, settle } from './fixtures';

/** Whoever opens the notebook: its session, and what is asked of the server. */
async function opened(tab = new Tab(new FakeApi())) {
  const model = notebookOf(code('a', 'x = 1', 'step:load'));
  const { session } = await tab.open(model);
  return { tab, api: tab.api, model, session, cluster: session.cluster };
}

describe('the cluster of the next run', () => {
  it('is the usual one, which is asked what it has', async () => {
    const { api, cluster, session } = await opened();
    expect([cluster.name, cluster.names]).toEqual(['local', ['local', 'farm']]);
    expect(cluster.answer?.state).toBe('given');
    await session.run();
    expect(api.submitted[0]?.cluster).toBe('local');
  });

  it('is the one that was chosen, for this notebook, and makes it no different', async () => {
    const { api, cluster, model, session, tab } = await opened();
    const before = JSON.stringify(model.toJSON());
    model.dirty = false;
    cluster.choose('farm');
    await session.run();
    expect(api.submitted[0]?.cluster).toBe('farm');
    expect([JSON.stringify(model.toJSON()), model.dirty]).toEqual([before, false]);
    expect((await opened(tab)).cluster.name).toBe('farm');
  });

  it('is the usual one again when what was chosen is no longer there', async () => {
    const { api, cluster, tab } = await opened();
    cluster.choose('farm');
    api.clusterNames = ['local'];
    expect((await opened(tab)).cluster.name).toBe('local');
  });

  it('says why it cannot be used, and can be asked again', async () => {
    const { api, cluster } = await opened();
    cluster.choose('farm');
    expect(cluster.answer).toEqual({ state: 'asking' });
    await settle();
    const { answer } = cluster;
    expect(answer?.state === 'refused' ? answer.problem.message : '').toBe('farm does not answer.');
    await cluster.ask();
    expect(api.askedClusters).toEqual(['local', 'farm', 'farm']);
  });

  it('is asked again what is free some time after a run, and meanwhile says what it said', async () => {
    const { api, cluster, session } = await opened();
    const states: (string | undefined)[] = [];
    await session.run();
    await settle();
    cluster.changed.connect(() => void states.push(cluster.answer?.state));
    vi.useFakeTimers();
    try {
      api.emit(log([accepted('load'), runSucceeded()]));
      expect(api.askedClusters).toEqual(['local']);
      await vi.advanceTimersByTimeAsync(5_000);
    } finally {
      vi.useRealTimers();
    }
    expect(api.askedClusters).toEqual(['local', 'local']);
    expect(new Set(states)).toEqual(new Set(['given']));
  });

  it('holds while the browser keeps nothing', async () => {
    const tab = new Tab(new FakeApi());
    tab.storage.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    const { cluster } = await opened(tab);
    cluster.choose('farm');
    expect(cluster.name).toBe('farm');
  });

  it('is part of the question what a run would do', async () => {
    const { api, cluster } = await opened();
    cluster.choose('farm');
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(api.asked.at(-1)?.cluster).toBe('farm');
  });

  it('raises no question when the list is only read again', async () => {
    const { api, cluster } = await opened();
    await new Promise(resolve => setTimeout(resolve, 200));
    const before = api.asked.length;
    await cluster.look();
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(api.asked.length).toBe(before);
  });
});

describe('a sweep', () => {
  it('has a key of its own, so that nothing starts twice', async () => {
    const { api, session } = await opened();
    await session.runs.start({ sweep: { lr: [1, 2] } });
    expect(api.submitted[0]?.sweep).toEqual({ lr: [1, 2] });
    expect(api.submitted[0]?.submit_key).toMatch(/^[0-9a-f-]{36}$/);
  });
});
