import type { ObjectFieldTemplateProps } from '@rjsf/utils';
import type { JSX } from 'react';

/** Fields that belong together; where names are the user's own, more can be added. */
export function SettingsGroup(props: ObjectFieldTemplateProps): JSX.Element {
  const { title, schema, properties, onAddClick } = props;
  const fields = properties.map(({ content }) => content);
  if (!schema.additionalProperties) {
    return <>{fields}</>;
  }
  return (
    <fieldset className="nbprism-FieldGroup" title={schema.description}>
      <legend>{title}</legend>
      {fields}
      <button
        type="button"
        className="nbprism-link"
        aria-label={`${title} +`}
        onClick={onAddClick(schema)}
      >
        +
      </button>
    </fieldset>
  );
}
