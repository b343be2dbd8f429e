/**
 * A setting whose names are the user's own, such as variables of the environment, as rows to type.
 */
import type { JSONObject, JSONValue } from '@lumino/coreutils';

/** A name and its value, as they are typed. */
export interface IMapRow {
  readonly name: string;
  readonly text: string;
}

/** Return a row for each name of a setting, whatever the notebook has there. */
export function rowsOf(value: JSONValue | undefined): readonly IMapRow[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [];
  }
  return Object.entries(value).map(([name, item]) => ({
    name,
    text: typeof item === 'string' ? item : JSON.stringify(item)
  }));
}

/**
 * Return the setting that rows mean; one without a name means nothing yet.
 *
 * What should be a number and is not stays a text: the compiler says so.
 */
export function mapOf(rows: readonly IMapRow[], isNumber: boolean): JSONObject {
  const named = rows.filter(({ name }) => name.trim() !== '');
  return Object.fromEntries(
    named.map(({ name, text }) => [name.trim(), isNumber ? numberOf(text) : text])
  );
}

function numberOf(text: string): number | string {
  const number = Number(text);
  return text.trim() === '' || !Number.isFinite(number) ? text : number;
}
