/**
 * Bring a cell's output area from what was written to what a run shows now, at the least cost.
 */
import type { IOutput } from '@jupyterlab/nbformat';
import { streamText } from './outputs';

/** The part of `IOutputAreaModel` that is needed. */
export interface IOutputArea {
  add(output: IOutput): number;
  set(index: number, output: IOutput): void;
  clear(wait?: boolean): void;
}

/** What was written into one cell. */
export interface IWritten {
  readonly outputs: readonly IOutput[];
  /**
   * Whether the last stream was set as a whole. The area then no longer knows where its cursor is
   * in that text, so nothing may be appended to it.
   */
  readonly isReplaced: boolean;
}

export const NOTHING: IWritten = { outputs: [], isReplaced: false };

/**
 * Write `after` over `before` and return what is written now.
 *
 * Text that only grew is appended: writing a long text again for each line is quadratic.
 */
export function sync(area: IOutputArea, before: IWritten, after: readonly IOutput[]): IWritten {
  const kept = before.outputs.length;
  if (after.length < kept || !sameTypes(before.outputs, after)) {
    area.clear();
    after.forEach(output => area.add(visible(output)));
    return { outputs: after, isReplaced: false };
  }
  let isReplaced = before.isReplaced;
  before.outputs.forEach((old, index) => {
    const output = after[index];
    if (output === undefined || output === old) {
      return;
    }
    const grown = index === kept - 1 && !isReplaced ? growth(old, output) : null;
    if (grown !== null) {
      area.add({ ...output, text: grown });
    } else {
      area.set(index, visible(output));
      isReplaced ||= index === kept - 1;
    }
  });
  after.slice(kept).forEach(output => area.add(visible(output)));
  return { outputs: after, isReplaced: isReplaced && after.length === kept };
}

function sameTypes(before: readonly IOutput[], after: readonly IOutput[]): boolean {
  const type = (output?: IOutput): unknown[] => [output?.output_type, output?.name];
  return before.every((output, index) => String(type(output)) === String(type(after[index])));
}

/** Return the text that `after` has more than `before`, or null where it did not just grow. */
function growth(before: IOutput, after: IOutput): string | null {
  if (before.output_type !== 'stream') {
    return null;
  }
  const [old, text] = [withoutReturn(streamText(before)), withoutReturn(streamText(after))];
  return text.startsWith(old) ? text.slice(old.length) : null;
}

function visible(output: IOutput): IOutput {
  return output.output_type === 'stream'
    ? { ...output, text: withoutReturn(streamText(output)) }
    : output;
}

/** A `\r` at the end waits for text that overwrites the line; by itself it shows nothing. */
function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
