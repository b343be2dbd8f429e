import { describe, expect, it } from 'vitest';
import type { JSONObject } from '@lumino/coreutils';
import { fromForm, schemaFor, toForm } from '../../src/model/settingsForm';
import type { IFormSchema } from '../../src/model/settingsForm';

const SCHEMA: IFormSchema = {
  type: 'object',
  properties: {
    cpus: { type: 'number', default: 1 },
    memory: { type: 'string' },
    cache: { type: 'string', default: 'true' },
    after: { type: 'array', items: { type: 'string' } },
    env: { type: 'object', properties: { env_vars: { type: 'object' } } }
  }
};

describe('the form of a step', () => {
  it('shows numbers as text where text is asked for, and one name as a list', () => {
    expect(toForm(SCHEMA, { memory: 4e9, cache: false, after: 'load', later: 1 })).toEqual({
      memory: '4000000000',
      cache: 'false',
      after: ['load']
    });
  });

  it.each<[string, JSONObject, JSONObject]>([
    ['leaves out what holds anyway', { cpus: 1, cache: 'true' }, {}],
    ['leaves out what is empty', { memory: ' ', after: [], env: { env_vars: {} } }, {}],
    ['knows true and false as words', { cache: 'false' }, { cache: false }],
    ['takes a version of the cache as text', { cache: 'v2' }, { cache: 'v2' }],
    [
      'keeps a variable that is set to nothing',
      { env: { env_vars: { A: '' } } },
      { env: { env_vars: { A: '' } } }
    ],
    ['says what is wrong as it was typed', { memory: '4 bananas' }, { memory: '4 bananas' }]
  ])('%s', (_, form, settings) => {
    expect(fromForm(SCHEMA, form, {})).toEqual(settings);
  });

  it('keeps settings that it does not know', () => {
    expect(fromForm(SCHEMA, { cpus: 2 }, { later: 1, memory: '1G' })).toEqual({
      later: 1,
      cpus: 2
    });
  });

  it('offers the other steps to wait for, where there are any', () => {
    expect(schemaFor(SCHEMA, ['load']).properties.after?.items).toEqual({
      type: 'string',
      enum: ['load']
    });
    expect(schemaFor(SCHEMA, []).properties).not.toHaveProperty('after');
  });
});
