import type { FieldTemplateProps } from '@rjsf/utils';
import type { JSX } from 'react';

/**
 * One row of the form: what it is, the input, what is wrong.
 *
 * What it means is a tooltip: text that came and went with the focus would move the row away from
 * under a click.
 */
export function SettingsField(props: FieldTemplateProps): JSX.Element {
  const { id, schema, children, rawErrors = [], hidden } = props;
  const isGroup = schema.type === 'object';
  if (hidden || id.lastIndexOf('_') === -1) {
    return <div className="nbprism-Fields">{children}</div>;
  }
  const errors = (
    <div className="nbprism-Field-errors" role="alert">
      {rawErrors.map(error => (
        <p key={error}>{error}</p>
      ))}
    </div>
  );
  if (isGroup) {
    return (
      <>
        {children}
        {errors}
      </>
    );
  }
  return (
    <div className="nbprism-Field" data-wrong={rawErrors.length > 0} title={schema.description}>
      <Label {...props} />
      <div className="nbprism-Field-input">{children}</div>
      {schema.description === undefined ? null : (
        <p id={`${id}__description`} className="nbprism-visuallyHidden">
          {schema.description}
        </p>
      )}
      {errors}
    </div>
  );
}

function Label({ id, label, schema }: FieldTemplateProps): JSX.Element {
  // A list of boxes is many inputs: each has a label of its own.
  return schema.type === 'array' ? (
    <span id={`${id}-label`}>{label}</span>
  ) : (
    <label htmlFor={id}>{label}</label>
  );
}
