/**
 * The settings of a step as its form shows them.
 *
 * The schema says how a setting is asked for; the compiler alone says whether a value is right.
 */
import type { JSONObject, JSONValue } from '@lumino/coreutils';

/** A field of the form, as the server describes it (`compiler/settings/form.py`). */
export interface IFormField {
  readonly title?: string;
  readonly type?: string;
  readonly default?: JSONValue;
  readonly properties?: Readonly<Record<string, IFormField>>;
  readonly [key: string]: unknown;
}

/** The JSON schema of one step's settings. */
export interface IFormSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, IFormField>>;
}

/** Return the schema with the steps there are to wait for. */
export function schemaFor(
  { properties, ...schema }: IFormSchema,
  others: readonly string[]
): IFormSchema {
  const { after, ...rest } = properties;
  if (after === undefined) {
    return { ...schema, properties };
  }
  const fields = Object.entries(properties).map(([name, field]) =>
    name === 'after'
      ? [[name, { ...field, items: { type: 'string', enum: [...others] } }] as const]
      : [[name, field] as const]
  );
  const isPointless = others.length === 0;
  return { ...schema, properties: isPointless ? rest : Object.fromEntries(fields.flat()) };
}

/** Return what the form shows for settings: text where a field takes text, so also `4000000000`. */
export function toForm({ properties }: IFormSchema, settings: JSONObject): JSONObject {
  const entries = Object.entries(settings).filter(([name]) => name in properties);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      properties[name]?.type === 'string' && value !== null && typeof value !== 'object'
        ? String(value)
        : listed(properties[name], value)
    ])
  );
}

/** The compiler also takes one name where a list belongs. */
function listed(field: IFormField | undefined, value: JSONValue): JSONValue {
  return field?.type === 'array' && typeof value === 'string' ? [value] : value;
}

/**
 * Return the settings that a form says, over those that were there.
 *
 * What is empty, or is what holds anyway, is left out, so that a notebook says only what is special
 * about a step. Settings the form does not know stay.
 */
export function fromForm(
  { properties }: IFormSchema,
  form: JSONObject,
  settings: JSONObject
): JSONObject {
  const unknown = Object.entries(settings).filter(([name]) => !(name in properties));
  const said = Object.entries(properties)
    .map(([name, field]) => [name, field, meant(form[name])] as const)
    .filter(([, field, value]) => value !== undefined && value !== meant(field.default));
  return Object.fromEntries([
    ...unknown,
    ...said.map(([name, , value]) => [name, value as JSONValue] as const)
  ]);
}

/** Return a value without what is empty in it; `true` and `false` as text are no text. */
function meant(value: JSONValue | undefined): JSONValue | undefined {
  if (typeof value === 'string') {
    const text = value.trim();
    return text === '' ? undefined : text === 'true' || text === 'false' ? text === 'true' : text;
  }
  if (value === null || value === undefined) {
    return undefined;
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : value;
  }
  if (typeof value !== 'object') {
    return value;
  }
  // Texts in an object are left as they are: a variable may well be set to nothing.
  const kept = Object.entries(value)
    .map(([name, item]) => [name, typeof item === 'object' ? meant(item) : item] as const)
    .filter((entry): entry is [string, JSONValue] => entry[1] !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
