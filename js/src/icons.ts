/**
 * The extension's own icon: light enters a prism, rays leave it.
 */
import { LabIcon } from '@jupyterlab/ui-components';
import prismSvg from '../style/prism.svg';

export const prismIcon = new LabIcon({ name: 'nbprism:prism', svgstr: prismSvg });
