import type { FieldProps, RJSFSchema } from '@rjsf/utils';
import { JSONExt } from '@lumino/coreutils';
import type { JSX } from 'react';
import { useState } from 'react';
import { listed, listText } from '../model/settingsList';
import type { IFormContext } from './SettingsMap';

/** Some texts in one line, with commas between them. */
export function SettingsList(
  props: FieldProps<readonly string[], RJSFSchema, IFormContext>
): JSX.Element {
  const { schema, uiSchema, idSchema, formData = [], onChange } = props;
  const [typed, setTyped] = useState(() => listText(formData));
  // Something else is in the notebook after an undo, or when another tab changed it.
  const isCurrent = JSONExt.deepEqual([...listed(typed)], [...formData]);
  return (
    <input
      id={idSchema.$id}
      className="jp-mod-styled"
      aria-label={schema.title}
      title={schema.description}
      placeholder={uiSchema?.['ui:placeholder'] ?? ''}
      spellCheck={false}
      value={isCurrent ? typed : listText(formData)}
      onChange={({ target }) => {
        setTyped(target.value);
        onChange([...listed(target.value)]);
      }}
    />
  );
}
