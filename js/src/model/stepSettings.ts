/**
 * The settings of steps as the notebook's metadata keeps them, and what happens to them when steps
 * are renamed, joined, split or deleted.
 *
 * Everything unknown is kept: another version of nbprism may know it.
 */
import type { JSONObject, JSONValue } from '@lumino/coreutils';

/** Key of the notebook's metadata. */
export const METADATA_KEY = 'nbprism';

/** Step -> its settings, as they are written in the notebook. */
export type StepsSettings = Readonly<Record<string, JSONObject>>;

/** Return the settings of all steps in the value of `METADATA_KEY`, whatever it holds. */
export function readSettings(metadata: unknown): StepsSettings {
  const steps = isObject(metadata) ? metadata.steps : undefined;
  if (!isObject(steps)) {
    return {};
  }
  const usable = Object.entries(steps).filter((entry): entry is [string, JSONObject] =>
    isObject(entry[1])
  );
  return Object.fromEntries(usable);
}

/**
 * Return the metadata with these settings; undefined where nothing is left to keep.
 */
export function withSettings(metadata: unknown, settings: StepsSettings): JSONObject | undefined {
  const { steps: _, ...rest } = isObject(metadata) ? metadata : {};
  const steps = Object.fromEntries(
    Object.entries(settings).filter(([, values]) => Object.keys(values).length > 0)
  );
  if (Object.keys(steps).length > 0) {
    return { schema: 1, ...rest, steps };
  }
  const isEmpty = Object.keys(rest).every(key => key === 'schema');
  return isEmpty ? undefined : rest;
}

/** Return the settings with one step's replaced. */
export function replaced(settings: StepsSettings, step: string, values: JSONObject): StepsSettings {
  return { ...settings, [step]: values };
}

/** Return the settings after a step got another name, that of a step with settings included. */
export function renamed(settings: StepsSettings, old: string, name: string): StepsSettings {
  const { [old]: mine, ...others } = settings;
  const joined = mine === undefined ? others : { ...others, [name]: join(others[name], mine) };
  return mapAfter(joined, (after, step) =>
    after.map(item => (item === old ? name : item)).filter(item => item !== step || step !== name)
  );
}

/** Return the settings after part of a step became a step of its own, below it. */
export function splitOff(settings: StepsSettings, old: string, name: string): StepsSettings {
  const mine = settings[old];
  const doubled = mine === undefined ? settings : { ...settings, [name]: mine };
  // What waited for the whole step waits for both of its parts.
  return mapAfter(doubled, after => after.flatMap(item => (item === old ? [old, name] : [item])));
}

/** Return the settings after a step is gone. */
export function removed(settings: StepsSettings, name: string): StepsSettings {
  const { [name]: _, ...others } = settings;
  return mapAfter(others, after => after.filter(item => item !== name));
}

/** The step that stays says how it runs; what it leaves open, the other one says. */
function join(kept: JSONObject | undefined, joining: JSONObject): JSONObject {
  const after = [...afterOf(kept ?? {}), ...afterOf(joining)];
  const joined = { ...joining, ...kept };
  return after.length === 0 ? joined : { ...joined, after };
}

function mapAfter(
  settings: StepsSettings,
  change: (after: readonly string[], step: string) => readonly string[]
): StepsSettings {
  return Object.fromEntries(
    Object.entries(settings).map(([step, values]) => {
      if (!('after' in values)) {
        return [step, values];
      }
      const { after: _, ...rest } = values;
      const after = [...new Set(change(afterOf(values), step))];
      return [step, after.length === 0 ? rest : { ...values, after }];
    })
  );
}

/** The compiler also takes one name where a list belongs. */
function afterOf({ after }: JSONObject): readonly string[] {
  const names = Array.isArray(after) ? after : [after];
  return names.filter(name => typeof name === 'string');
}

function isObject(value: unknown): value is Record<string, JSONValue> & JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
