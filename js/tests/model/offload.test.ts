import { describe, expect, it } from 'vitest';
import type { JSONObject } from '@lumino/coreutils';
import { offloadOptions } from '../../src/model/offload';

describe('the words after %%nbprism', () => {
  it.each<[string, JSONObject, string | null]>([
    ['', {}, null],
    ['', {}, 'local'],
    ['--cluster=farm', {}, 'farm'],
    ['cpus=2 gpus=0.5 memory=4GB', { cpus: 2, gpus: 0.5, memory: '4GB' }, 'local'],
    ["'memory=4 GB'", { memory: '4 GB' }, null],
    [`'accelerator_type=it'"'"'s'`, { accelerator_type: "it's" }, null],
    [`'resources={"tpu":1}'`, { resources: { tpu: 1 } }, null],
    ['', { retries: 3, after: ['load'], cache: 'off', when: 'x > 1', foreach: 'x' }, null]
  ])('are `%s`', (words, settings, cluster) => {
    expect(offloadOptions(settings, cluster)).toBe(words);
  });
});
