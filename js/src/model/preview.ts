/**
 * An artifact's preview as outputs that JupyterLab can draw.
 */
import type { IOutput } from '@jupyterlab/nbformat';
import type { IArtifact } from './events';

/** Return what to draw of an artifact: a small picture, or its first rows as text. */
export function previewOutputs({ head, image }: IArtifact): readonly IOutput[] {
  if (image) {
    const data = { [image.mime]: image.data };
    return [{ output_type: 'display_data', data, metadata: {} }];
  }
  return head ? [{ output_type: 'stream', name: 'stdout', text: head }] : [];
}
