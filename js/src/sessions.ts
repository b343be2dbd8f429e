/**
 * A session for every open notebook.
 */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel, INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import { Poll } from '@lumino/polling';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { DRIVE } from './drive';
import { soon } from './frames';
import { Clusters } from './model/clusters';
import { TabMemory } from './model/memory';
import { NotebookSession } from './model/session';
import { OutputWriter } from './model/writer';
import type { IPrismSessions, IPrismSettings } from './tokens';
import type { IPrismApi } from './model/server';
import { onWake } from './wake';

/** Over which a tab tells the others of the same browser that it started a run. */
const CHANNEL = 'nbprism:runs';

/** How often the current notebook is checked for runs started elsewhere. */
const LOOK_MS = 5_000;

export interface ISessionsOptions {
  readonly tracker: INotebookTracker;
  readonly api: IPrismApi;
  readonly contents: Contents.IManager;
  readonly settings: IPrismSettings;
}

interface IOpened {
  readonly session: NotebookSession;
  readonly writer: OutputWriter;
}

/** Opens sessions when notebooks are opened and disposes of them when they are closed. */
export class PrismSessions implements IPrismSessions {
  constructor(options: ISessionsOptions) {
    this._options = options;
    this.clusters = new Clusters(options.api);
    options.tracker.currentChanged.connect(this._onCurrentChanged, this);
    this._poll = new Poll({
      name: 'nbprism:look-for-runs',
      factory: async () => this.current?.look(),
      frequency: { interval: LOOK_MS, backoff: false },
      standby: 'when-hidden'
    });
    const look = (): void => void this.current?.look();
    onWake(() => {
      this._live.forEach(session => session.runs.watch?.renew());
      look();
    });
    document.addEventListener('visibilitychange', look);
    this._channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data === this.current?.path) {
        look();
      }
    };
    this._onCurrentChanged();
  }

  readonly clusters: Clusters;

  get current(): NotebookSession | null {
    return this._current;
  }

  get currentPanel(): NotebookPanel | null {
    return this._current === null ? null : this._options.tracker.currentWidget;
  }

  get settings(): IPrismSettings {
    return this._options.settings;
  }

  get currentChanged(): ISignal<this, NotebookSession | null> {
    return this._currentChanged;
  }

  of(panel: NotebookPanel): NotebookSession | null {
    return this._open(panel.context)?.session ?? null;
  }

  writerOf(panel: NotebookPanel): OutputWriter | null {
    return this._open(panel.context)?.writer ?? null;
  }

  private _open(context: DocumentRegistry.IContext<INotebookModel>): IOpened | null {
    if (this._options.contents.driveName(context.path) === DRIVE) {
      return null;
    }
    const found = this._opened.get(context);
    if (found !== undefined) {
      return found;
    }
    const { api, contents, settings } = this._options;
    const session = new NotebookSession({
      context,
      api,
      memory: new TabMemory(window.sessionStorage),
      clusters: this.clusters,
      storage: window.localStorage,
      localPath: path => contents.localPath(path)
    });
    const writer = new OutputWriter({
      session,
      schedule: soon,
      isWanted: () => settings.outputs === 'cells'
    });
    settings.changed.connect(writer.reconsider, writer);
    session.runs.watchChanged.connect(runs => {
      if (runs.started !== null) {
        this._channel.postMessage(session.path);
      }
    });
    const opened = { session, writer };
    this._opened.set(context, opened);
    this._live.add(session);
    context.disposed.connect(() => {
      settings.changed.disconnect(writer.reconsider, writer);
      this._live.delete(session);
      writer.dispose();
      session.dispose();
    });
    return opened;
  }

  private _onCurrentChanged(): void {
    const panel = this._options.tracker.currentWidget;
    const session = panel === null || panel.isDisposed ? null : this.of(panel);
    if (session !== this._current) {
      this._current = session;
      this._currentChanged.emit(session);
      void this._poll.refresh();
    }
  }

  private readonly _options: ISessionsOptions;
  private readonly _opened = new WeakMap<DocumentRegistry.IContext<INotebookModel>, IOpened>();
  private readonly _live = new Set<NotebookSession>();
  private readonly _currentChanged = new Signal<this, NotebookSession | null>(this);
  private readonly _poll: Poll;
  private readonly _channel = new BroadcastChannel(CHANNEL);
  private _current: NotebookSession | null = null;
}
