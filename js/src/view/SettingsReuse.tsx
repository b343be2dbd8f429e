import type { RJSFSchema, WidgetProps } from '@rjsf/utils';
import type { JSX } from 'react';
import { useState } from 'react';
import type { IFormContext } from './SettingsMap';

/** Whether a step may be taken from an earlier run: yes, no, or as long as a version is the same. */
export function SettingsReuse(
  props: WidgetProps<string | undefined, RJSFSchema, IFormContext>
): JSX.Element {
  const { id, label, onChange, registry } = props;
  const { trans } = registry.formContext;
  const value = (props.value as string | undefined) ?? 'true';
  const isWord = value === 'true' || value === 'false';
  // Between the choice and the first letter there is a version without a text.
  const [isChosen, setChosen] = useState(!isWord);
  const isVersion = isChosen || !isWord;
  return (
    <div className="nbprism-Reuse">
      <select
        id={id}
        className="jp-mod-styled"
        value={isVersion ? 'version' : value}
        onChange={({ target }) => {
          setChosen(target.value === 'version');
          onChange(target.value === 'version' ? undefined : target.value);
        }}
      >
        <option value="true">{trans.__('On')}</option>
        <option value="false">{trans.__('Off')}</option>
        <option value="version">{trans.__('By version')}</option>
      </select>
      {isVersion ? (
        <input
          className="jp-mod-styled"
          aria-label={trans.__('%1: version', label)}
          placeholder={trans.__('such as v2')}
          autoFocus={isWord}
          spellCheck={false}
          value={isWord ? '' : value}
          onChange={({ target }) => onChange(target.value)}
        />
      ) : null}
    </div>
  );
}
