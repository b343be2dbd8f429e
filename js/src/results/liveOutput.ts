/**
 * Outputs that show a run or a sweep while it goes on.
 *
 * The kernel sends a widget, and beside it HTML as of its last change. The widget is shown where it
 * still lives, and the HTML where it does not: the kernel was restarted, the notebook was closed
 * while the run went on, or somebody else opened it. By itself JupyterLab would show an error then.
 */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel, Widget } from '@lumino/widgets';

const LIVE_MIME = 'application/vnd.nbprism.live+json';
const WIDGET_MIME = 'application/vnd.jupyter.widget-view+json';
const HTML_MIME = 'text/html';
const WIDGETS = 'jupyter.widget';
/** Before the widget itself, which ranks -10. */
const RANK = -20;

interface ILive {
  /** Id of the widget's model. */
  readonly model: string;
  /** Code that shows the same once more. */
  readonly again: string;
}

export interface ILiveOutputOptions {
  readonly rendermime: Pick<IRenderMimeRegistry, 'createRenderer' | 'mimeTypes'>;
  readonly place: Pick<ISessionContext, 'session' | 'kernelChanged' | 'statusChanged'>;
  readonly trans: TranslationBundle;
}

/** Let a notebook show such outputs. */
export function addLiveOutputs(panel: NotebookPanel, trans: TranslationBundle): void {
  const { rendermime } = panel.content;
  const place = panel.sessionContext;
  rendermime.addFactory(
    {
      safe: true,
      mimeTypes: [LIVE_MIME],
      createRenderer: () => new LiveOutput({ rendermime, place, trans })
    },
    RANK
  );
}

/** One output: the widget, or what it left. */
export class LiveOutput extends Panel implements IRenderMime.IRenderer {
  constructor(options: ILiveOutputOptions) {
    super();
    this._options = options;
    this.addClass('nbprism-LiveOutput');
    options.place.kernelChanged.connect(this._onKernelChanged, this);
    options.place.statusChanged.connect(this._onStatus, this);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._model = model;
    const { model: widget } = liveOf(model);
    if (this._shown === widget) {
      return; // it draws itself
    }
    const kernel = this._options.place.session?.kernel ?? null;
    if (this._mayShowWidget(model) && kernel?.hasComm(widget) === true) {
      await this._show(WIDGET_MIME, model);
      return;
    }
    await this._show(HTML_MIME, model);
    void this._lookFor(model);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._options.place.kernelChanged.disconnect(this._onKernelChanged, this);
      this._options.place.statusChanged.disconnect(this._onStatus, this);
      super.dispose();
    }
  }

  /** A page that was loaded again learns from the kernel what is still alive, once it is idle. */
  private async _lookFor(model: IRenderMime.IMimeModel): Promise<void> {
    const { model: widget } = liveOf(model);
    const kernel = this._options.place.session?.kernel;
    if (!this._mayShowWidget(model)) {
      return;
    }
    try {
      const answer = await kernel?.requestCommInfo({ target_name: WIDGETS });
      const isAlive = answer?.content.status === 'ok' && widget in answer.content.comms;
      if (isAlive && !this.isDisposed && this._model === model) {
        await this._show(WIDGET_MIME, model);
      }
    } catch {
      return; // the kernel went away: the HTML is what there is
    }
  }

  /** What was run by others may show HTML that is sanitised, but no widget. */
  private _mayShowWidget(model: IRenderMime.IMimeModel): boolean {
    return model.trusted && this._options.rendermime.mimeTypes.includes(WIDGET_MIME);
  }

  private async _show(mimeType: string, model: IRenderMime.IMimeModel): Promise<void> {
    const { model: widget, again } = liveOf(model);
    const renderer = this._options.rendermime.createRenderer(mimeType);
    await renderer.renderModel(model);
    if (this.isDisposed || this._model !== model) {
      renderer.dispose();
      return;
    }
    this.widgets.slice().forEach(old => old.dispose());
    this._shown = mimeType === WIDGET_MIME ? widget : null;
    this.addWidget(renderer);
    if (this._shown === null) {
      this.addWidget(noteOf(this._options.trans, again));
    }
  }

  private _onStatus(_: unknown, status: string): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this._onKernelGone();
    }
  }

  /** The kernel of a notebook that was opened again is connected after its outputs are drawn. */
  private _onKernelChanged(): void {
    this._onKernelGone();
    if (this._model !== null) {
      void this._lookFor(this._model);
    }
  }

  private _onKernelGone(): void {
    if (this._model !== null && this._shown !== null) {
      void this._show(HTML_MIME, this._model);
    }
  }

  private readonly _options: ILiveOutputOptions;
  private _model: IRenderMime.IMimeModel | null = null;
  /** Id of the widget that is shown, or null where it is HTML. */
  private _shown: string | null = null;
}

function liveOf(model: IRenderMime.IMimeModel): ILive {
  return model.data[LIVE_MIME] as unknown as ILive;
}

function noteOf(trans: TranslationBundle, again: string): Widget {
  const node = document.createElement('div');
  node.className = 'nbprism-faint';
  const code = document.createElement('code');
  code.textContent = again;
  node.append(
    trans.__('As it stood when this was last drawn. How it stands now: run '),
    code,
    trans.__(' in a cell.')
  );
  return new Widget({ node });
}
