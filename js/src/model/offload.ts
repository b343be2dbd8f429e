/**
 * How a cell is sent to the cluster: the words after `%%nbprism`.
 */
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { LOCAL } from './clusters';

/** Settings of a step that say what one cell of it needs; the others are about its place in a run. */
const NEEDED = ['cpus', 'gpus', 'memory', 'accelerator_type', 'resources', 'timeout_s'] as const;

/** Return the options for a cell of a step with these settings, as a shell would be told them. */
export function offloadOptions(settings: JSONObject, cluster: string | null): string {
  const where = cluster === null || cluster === LOCAL ? [] : [`--cluster=${cluster}`];
  const asks = NEEDED.filter(name => settings[name] != null).map(
    name => `${name}=${text(settings[name] as JSONValue)}`
  );
  return [...where, ...asks].map(quoted).join(' ');
}

function text(value: JSONValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function quoted(word: string): string {
  return /^[\w=.:/+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
