import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { ObjectFieldTemplateProps, RJSFSchema } from '@rjsf/utils';
import type { JSX } from 'react';
import { Fragment } from 'react';
import type { IFormContext } from './SettingsMap';

/** The last of the settings that a cluster must have something for. */
const LAST_RESERVED = 'accelerator_type';

/** Fields that belong together: each says what it is. */
export function SettingsGroup({
  properties,
  registry
}: ObjectFieldTemplateProps<ReadonlyJSONObject, RJSFSchema, IFormContext>): JSX.Element {
  return (
    <>
      {properties.map(({ name, content }) => (
        <Fragment key={name}>
          {content}
          {name === LAST_RESERVED ? registry.formContext.beside : null}
        </Fragment>
      ))}
    </>
  );
}
