import type { JSONValue } from '@lumino/coreutils';
import { describe, expect, it } from 'vitest';
import { ParameterTexts, read, runsOf, written } from '../../src/model/parameters';

const WRONG = { isWrong: true };

describe('a typed parameter', () => {
  it.each<[string, string, JSONValue | typeof WRONG]>([
    ['int', '-3', { value: -3 }],
    ['int', '0.5', WRONG],
    ['int', '', WRONG],
    ['float', '1e-3', { value: 0.001 }],
    ['float', '2', { value: 2 }],
    ['float', 'many', WRONG],
    ['float', 'Infinity', WRONG],
    ['float', '0.1, 0.2,0.4', { values: [0.1, 0.2, 0.4] }],
    ['int', '1, 1, 2', { values: [1, 2] }],
    ['int', '1, 1', { value: 1 }],
    ['int', '1,', WRONG],
    ['bool', 'true, false', { values: [true, false] }],
    ['str', 'a, b', { value: 'a, b' }],
    ['bool', 'True', { value: true }],
    ['bool', 'false', { value: false }],
    ['bool', '1', WRONG],
    ['str', '', { value: '' }],
    ['str', '12', { value: '12' }],
    ['list', '[1, "a"]', { value: [1, 'a'] }],
    ['list', '{}', WRONG],
    ['dict', '{"a": 1}', { value: { a: 1 } }],
    ['dict', '[1', WRONG],
    ['None', 'null', { value: null }],
    ['None', '3', { value: 3 }],
    ['None', 'word', { value: 'word' }]
  ])('of type %s reads %j', (type, text, expected) => {
    expect(read({ name: 'p', type, default: null }, text)).toEqual(expected);
  });

  it.each<[JSONValue, string]>([
    ['text', 'text'],
    [0.1, '0.1'],
    [null, 'null'],
    [[1], '[1]']
  ])('writes %j as %j', (value, text) => {
    expect(written(value)).toBe(text);
  });
});

describe('the parameters of the next run', () => {
  const known = [
    { name: 'lr', type: 'float', default: 0.1 },
    { name: 'n', type: 'int', default: 3 }
  ];

  it('are only those that were changed', () => {
    const texts = new ParameterTexts();
    texts.set('lr', '0.5');
    texts.set('gone', '1');
    expect(texts.values(known)).toEqual({ lr: 0.5 });
    texts.set('lr', null);
    expect(texts.values(known)).toEqual({});
  });

  it('are several runs where one goes through several values', () => {
    const texts = new ParameterTexts();
    texts.set('lr', '0.1, 0.2');
    texts.set('n', '1, 2, 3');
    expect(texts.values(known)).toEqual({});
    expect(texts.sweep(known)).toEqual({ lr: [0.1, 0.2], n: [1, 2, 3] });
    expect(runsOf(texts.sweep(known))).toBe(6);
    expect(runsOf({})).toBe(1);
  });

  it('say which of them are no values', () => {
    const texts = new ParameterTexts();
    texts.set('n', 'three');
    expect(texts.wrong(known)).toEqual(['n']);
    expect(texts.values(known)).toEqual({});
  });
});
