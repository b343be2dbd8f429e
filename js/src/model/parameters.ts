/**
 * The values a user gives a run's parameters, as they are typed.
 */
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IParameter } from './pipeline';

/** What a typed text means: a value, several for a sweep, or nothing. */
export type Reading =
  | { readonly value: JSONValue }
  | { readonly values: readonly JSONValue[] }
  | { readonly isWrong: true };

/** Types whose values hold no comma, so that one can only stand between several. */
const SWEPT: ReadonlySet<string> = new Set(['int', 'float', 'bool']);

const WRONG: Reading = { isWrong: true };

/** The values that parameters go through, by name. */
export type Sweep = Readonly<Record<string, readonly JSONValue[]>>;

/** Return how many runs a sweep has: one for each combination; without any values it is one. */
export function runsOf(sweep: Sweep): number {
  return Object.values(sweep).reduce((runs, values) => runs * values.length, 1);
}

/** Return how a value is written in the form. */
export function written(value: JSONValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Read a text as a value of the parameter's type, or as several: `0.1, 0.2, 0.4`. */
export function read(parameter: IParameter, text: string): Reading {
  if (!SWEPT.has(parameter.type) || !text.includes(',')) {
    return readOne(parameter, text);
  }
  const readings = text.split(',').map(part => readOne(parameter, part));
  if (!readings.every(reading => 'value' in reading)) {
    return WRONG;
  }
  const values = [...new Set(readings.map(reading => reading.value))];
  return values.length === 1 ? { value: values[0] ?? null } : { values };
}

function readOne(parameter: IParameter, text: string): Reading {
  switch (parameter.type) {
    case 'str':
      return { value: text };
    case 'int':
      return /^[+-]?\d+$/.test(text.trim()) ? { value: Number(text) } : WRONG;
    case 'float':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? { value: Number(text) } : WRONG;
    case 'bool':
      return readBool(text.trim().toLowerCase());
    default:
      return readJson(parameter, text);
  }
}

function readBool(text: string): Reading {
  return text === 'true' || text === 'false' ? { value: text === 'true' } : WRONG;
}

function readJson({ type }: IParameter, text: string): Reading {
  let value: JSONValue;
  try {
    value = JSON.parse(text) as JSONValue;
  } catch {
    return type === 'None' ? { value: text } : WRONG; // None may become anything, so also a text
  }
  const isList = Array.isArray(value);
  const isDict = typeof value === 'object' && value !== null && !isList;
  const isRight = type === 'list' ? isList : type === 'dict' ? isDict : true;
  return isRight ? { value } : WRONG;
}

/** The texts a user typed in place of defaults; what is not there keeps its default. */
export class ParameterTexts {
  constructor(texts: ReadonlyMap<string, string> = new Map()) {
    this._texts = new Map(texts);
  }

  /** Emitted when a text changes. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is typed, by name. */
  get texts(): ReadonlyMap<string, string> {
    return this._texts;
  }

  get(name: string): string | null {
    return this._texts.get(name) ?? null;
  }

  /** Set what stands for a parameter; null brings its default back. */
  set(name: string, text: string | null): void {
    if (text === null) {
      this._texts.delete(name);
    } else {
      this._texts.set(name, text);
    }
    this._changed.emit();
  }

  /** Return the names whose text is not a value of their type. */
  wrong(parameters: readonly IParameter[]): readonly string[] {
    return parameters
      .filter(parameter => 'isWrong' in (this._reading(parameter) ?? {}))
      .map(parameter => parameter.name);
  }

  /** Return the values that differ from the defaults, for a run. */
  values(parameters: readonly IParameter[]): JSONObject {
    const values: JSONObject = {};
    for (const parameter of parameters) {
      const reading = this._reading(parameter);
      if (reading !== null && 'value' in reading) {
        values[parameter.name] = reading.value;
      }
    }
    return values;
  }

  /** Return the values that parameters go through in a sweep, by name. */
  sweep(parameters: readonly IParameter[]): Sweep {
    const sweep: Record<string, readonly JSONValue[]> = {};
    for (const parameter of parameters) {
      const reading = this._reading(parameter);
      if (reading !== null && 'values' in reading) {
        sweep[parameter.name] = reading.values;
      }
    }
    return sweep;
  }

  private _reading(parameter: IParameter): Reading | null {
    const text = this.get(parameter.name);
    return text === null ? null : read(parameter, text);
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _texts: Map<string, string>;
}
