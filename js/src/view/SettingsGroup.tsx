import type { ObjectFieldTemplateProps } from '@rjsf/utils';
import type { JSX } from 'react';

/** Fields that belong together: each says what it is. */
export function SettingsGroup({ properties }: ObjectFieldTemplateProps): JSX.Element {
  return <>{properties.map(({ content }) => content)}</>;
}
