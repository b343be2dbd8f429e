/**
 * Showing outputs of a run outside of a notebook.
 */
import type { IOutput } from '@jupyterlab/nbformat';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';
import { NOTHING, sync } from '../model/sync';
import type { IMounted, Mount } from '../view/run/actions';

/**
 * Return what shows outputs by JupyterLab's renderers.
 *
 * Never trusted: a run of history, of a shared store or of somebody else may say anything, so no
 * HTML of it is shown unsanitised and no script of it runs.
 */
export function mountWith(rendermime: IRenderMimeRegistry): Mount {
  return node => {
    const model = new OutputAreaModel({ trusted: false });
    const area = new SimplifiedOutputArea({ model, rendermime });
    Widget.attach(area, node);
    return new Mounted(model, area);
  };
}

/** One output area; a run's text grows by appending, or a long one would cost itself each time. */
class Mounted implements IMounted {
  constructor(
    private readonly _model: OutputAreaModel,
    private readonly _area: SimplifiedOutputArea
  ) {}

  get isDisposed(): boolean {
    return this._area.isDisposed;
  }

  show(outputs: readonly IOutput[]): void {
    this._written = sync(this._model, this._written, outputs.map(safe));
  }

  dispose(): void {
    this._area.dispose();
    this._model.dispose();
  }

  private _written = NOTHING;
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
