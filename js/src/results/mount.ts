/**
 * Showing outputs of a run outside of a notebook.
 */
import type { IOutput } from '@jupyterlab/nbformat';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { DisposableDelegate } from '@lumino/disposable';
import { Widget } from '@lumino/widgets';
import type { Mount } from '../view/run/actions';

/**
 * Return what shows outputs by JupyterLab's renderers.
 *
 * Never trusted: a run of history, of a shared store or of somebody else may say anything, so no
 * HTML of it is shown unsanitised and no script of it runs.
 */
export function mountWith(rendermime: IRenderMimeRegistry): Mount {
  return (node, outputs) => {
    const model = new OutputAreaModel({ trusted: false, values: outputs.map(safe) });
    const area = new SimplifiedOutputArea({ model, rendermime });
    Widget.attach(area, node);
    return new DisposableDelegate(() => {
      area.dispose();
      model.dispose();
    });
  };
}

/** A widget's model lives in no kernel here; the other forms of the output say what it was. */
function safe(output: IOutput): IOutput {
  const { data } = output as { data?: Record<string, unknown> };
  if (data?.['application/vnd.jupyter.widget-view+json'] === undefined) {
    return output;
  }
  const { 'application/vnd.jupyter.widget-view+json': _, ...rest } = data;
  return { ...output, data: rest } as IOutput;
}
