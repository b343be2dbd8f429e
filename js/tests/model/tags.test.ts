import { describe, expect, it } from 'vitest';
import {
  isStepName,
  parsePlacement,
  place,
  placementIn,
  tagsOf,
  unplace
} from '../../src/model/tags';
import type { Placement } from '../../src/model/tags';

const step = (name: string): Placement => ({ kind: 'step', step: name });
const SKIP: Placement = { kind: 'role', role: 'skip' };
const METRICS: Placement = { kind: 'role', role: 'metrics' };

describe('placing a cell', () => {
  it.each<[string, string[], Placement, string[]]>([
    ['adds a tag', [], step('load'), ['step:load']],
    ['replaces the step', ['step:old'], step('load'), ['step:load']],
    ['replaces a role', ['imports'], step('load'), ['step:load']],
    ['keeps foreign tags in their order', ['a', 'step:old', 'b'], SKIP, ['a', 'b', 'skip']],
    ['lets metrics stand beside a step', ['step:load'], METRICS, ['step:load', 'metrics']],
    ['lets a step join metrics', ['metrics', 'step:old'], step('new'), ['metrics', 'step:new']],
    ['takes metrics away with another role', ['step:a', 'metrics'], SKIP, ['skip']],
    ['changes nothing where nothing changes', ['step:a', 'x'], step('a'), ['x', 'step:a']]
  ])('%s', (_, tags, placement, expected) => {
    expect(place(tags, placement)).toEqual(expected);
  });

  it('takes only our tags off', () => {
    expect(unplace(['a', 'step:x', 'metrics', 'hide-input'])).toEqual(['a', 'hide-input']);
  });
});

describe('reading tags', () => {
  it.each<[string[], Placement | null]>([
    [['foreign'], null],
    [['metrics', 'step:a'], step('a')],
    [['skip'], SKIP]
  ])('%j', (tags, placement) => {
    expect(placementIn(tags)).toEqual(placement);
  });

  it.each([undefined, null, 'step:a', 3, { a: 1 }])('finds no tags in %j', metadata => {
    expect(tagsOf(metadata)).toEqual([]);
  });

  it('passes over tags that are not text', () => {
    expect(tagsOf(['a', 1, null])).toEqual(['a']);
  });
});

describe('what a user types', () => {
  it.each<[string, Placement | null]>([
    [' load ', step('load')],
    ['step:load', step('load')],
    ['skip', SKIP],
    ['', null],
    ['step:', null],
    ['1st', null],
    ['two words', null],
    ['a-b_2', step('a-b_2')]
  ])('%j', (text, placement) => {
    expect(parsePlacement(text)).toEqual(placement);
  });

  it.each(['ä', 'a.b', '-a', 'a:b'])('%j names no step', name => {
    expect(isStepName(name)).toBe(false);
  });
});
