import { describe, expect, it } from 'vitest';
import { listText, listed } from '../../src/model/settingsList';

describe('a list that is typed in one line', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    [' , ', []],
    ['torch==2.8', ['torch==2.8']],
    ['torch == 2.8, pandas ,', ['torch == 2.8', 'pandas']],
    ['a\nb', ['a', 'b']]
  ])('%j has its items', (text, items) => {
    expect(listed(text)).toEqual(items);
    expect(listed(listText(items))).toEqual(items);
  });
});
