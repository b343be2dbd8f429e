/**
 * An artifact's preview as outputs that JupyterLab can draw.
 */
import type { IOutput } from '@jupyterlab/nbformat';
import type { IArtifact } from './events';

/** Return what to draw of an artifact: its first rows, as text. */
export function previewOutputs({ head }: IArtifact): readonly IOutput[] {
  return head ? [{ output_type: 'stream', name: 'stdout', text: head }] : [];
}
