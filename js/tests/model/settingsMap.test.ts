import { describe, expect, it } from 'vitest';
import { mapOf, rowsOf } from '../../src/model/settingsMap';

describe('a setting with names of the user', () => {
  it('has a row for each name', () => {
    expect(rowsOf({ A: 'x', B: 2 })).toEqual([
      { name: 'A', text: 'x' },
      { name: 'B', text: '2' }
    ]);
    expect(rowsOf(['what', 'the compiler refuses'])).toEqual([]);
  });

  it('keeps a variable that is set to nothing, and leaves out one that has no name yet', () => {
    const rows = [
      { name: ' A ', text: '' },
      { name: ' ', text: 'early' }
    ];
    expect(mapOf(rows, false)).toEqual({ A: '' });
  });

  it('reads numbers, and leaves to the compiler what is none', () => {
    const rows = [
      { name: 'tpu', text: '0.5' },
      { name: 'disk', text: 'much' },
      { name: 'net', text: '' }
    ];
    expect(mapOf(rows, true)).toEqual({ tpu: 0.5, disk: 'much', net: '' });
  });
});
