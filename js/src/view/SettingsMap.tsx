import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';
import type { FieldProps, RJSFSchema } from '@rjsf/utils';
import type { JSX } from 'react';
import { useState } from 'react';
import { mapOf, rowsOf } from '../model/settingsMap';
import type { IMapRow } from '../model/settingsMap';

/** What the fields of the form share. */
export interface IFormContext {
  readonly trans: TranslationBundle;
  /** What stands beside the settings that reserve something. */
  readonly beside: JSX.Element;
}

/** Names of the user's own and their values, a row for each. */
export function SettingsMap(props: FieldProps<JSONObject, RJSFSchema, IFormContext>): JSX.Element {
  const { schema, uiSchema, idSchema, registry } = props;
  const { trans } = registry.formContext;
  const [rows, setRows] = useRows(props);
  const change = (at: number, row: Partial<IMapRow>): void =>
    setRows(rows.map((old, index) => (index === at ? { ...old, ...row } : old)));
  return (
    <fieldset className="nbprism-FieldGroup" title={schema.description}>
      <legend>{schema.title}</legend>
      {rows.map((row, at) => (
        // By its place: a row has no name of its own.
        <div key={at} className="nbprism-FieldGroup-row">
          <input
            className="jp-mod-styled"
            aria-label={trans.__('%1: name %2', schema.title, at + 1)}
            placeholder={trans.__('name')}
            autoFocus={row.name === ''}
            spellCheck={false}
            value={row.name}
            onChange={({ target }) => change(at, { name: target.value })}
          />
          <input
            className="jp-mod-styled"
            aria-label={row.name || trans.__('%1: value %2', schema.title, at + 1)}
            placeholder={trans.__('value')}
            spellCheck={false}
            value={row.text}
            onChange={({ target }) => change(at, { text: target.value })}
          />
          <button
            type="button"
            className="nbprism-link"
            title={trans.__('Remove')}
            aria-label={trans.__('Remove %1', row.name)}
            onClick={() => setRows(rows.filter((_, index) => index !== at))}
          >
            ✕
          </button>
        </div>
      ))}
      <button
        id={idSchema.$id}
        type="button"
        className="nbprism-FieldGroup-add"
        onClick={() => setRows([...rows, { name: '', text: '' }])}
      >
        {uiSchema?.['ui:options']?.add as string}
      </button>
    </fieldset>
  );
}

/** The rows as they are typed: one without a name is not in the notebook yet. */
function useRows({
  schema,
  formData,
  onChange
}: FieldProps<JSONObject, RJSFSchema, IFormContext>): [
  readonly IMapRow[],
  (rows: readonly IMapRow[]) => void
] {
  const { additionalProperties: item } = schema;
  const isNumber = typeof item === 'object' && item.type === 'number';
  const [typed, setTyped] = useState(() => rowsOf(formData));
  // Something else is in the notebook after an undo, or when another tab changed it.
  const isCurrent = JSONExt.deepEqual(mapOf(typed, isNumber), formData ?? {});
  return [
    isCurrent ? typed : rowsOf(formData),
    rows => {
      setTyped(rows);
      onChange(mapOf(rows, isNumber));
    }
  ];
}
