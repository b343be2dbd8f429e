import type { FieldTemplateProps } from '@rjsf/utils';
import type { JSX } from 'react';

/**
 * One row of the form: what it is, the input, what is wrong.
 *
 * What it means is a tooltip: text that came and went with the focus would move the row away from
 * under a click.
 */
export function SettingsField(props: FieldTemplateProps): JSX.Element {
  const { id, schema, label, children, rawErrors = [], hidden } = props;
  const isGroup = schema.type === 'object';
  if (hidden || id.lastIndexOf('_') === -1) {
    return <div className="nbprism-Fields">{children}</div>;
  }
  if (isGroup) {
    return children;
  }
  const errors = rawErrors.map(error => <p key={error}>{error}</p>);
  return (
    <div className="nbprism-Field" data-wrong={rawErrors.length > 0} title={schema.description}>
      <Label {...props} label={label} />
      <div className="nbprism-Field-input">{children}</div>
      {schema.description === undefined ? null : (
        <p id={`${id}__description`} className="nbprism-visuallyHidden">
          {schema.description}
        </p>
      )}
      <div className="nbprism-Field-errors" role="alert">
        {errors}
      </div>
    </div>
  );
}

function Label({
  id,
  label,
  schema,
  onKeyChange,
  onDropPropertyClick,
  ...rest
}: FieldTemplateProps): JSX.Element {
  // A variable's name is the user's, so it can be changed, and the variable removed.
  if ('__additional_property' in schema) {
    return (
      <span className="nbprism-Field-key">
        <label htmlFor={id} className="nbprism-visuallyHidden">
          {label}
        </label>
        <input
          className="jp-mod-styled"
          aria-label={`${label}: name`}
          defaultValue={label}
          spellCheck={false}
          onBlur={({ target }) => onKeyChange(target.value)}
        />
        <button
          type="button"
          className="nbprism-link"
          aria-label={`${label}: remove`}
          disabled={rest.disabled}
          onClick={onDropPropertyClick(label)}
        >
          ✕
        </button>
      </span>
    );
  }
  // A list of boxes is many inputs: each has a label of its own.
  return schema.type === 'array' ? (
    <span id={`${id}-label`}>{label}</span>
  ) : (
    <label htmlFor={id}>{label}</label>
  );
}
