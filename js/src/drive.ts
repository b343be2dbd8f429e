/**
 * A read-only drive with the executed notebooks of runs: `nbprism:NOTEBOOK-PATH/RUN.ipynb`.
 *
 * They lie in a hidden folder, which Jupyter's contents API does not show.
 */
import { PathExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import type { Contents } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import type { IPrismApi } from './model/server';

export const DRIVE = 'nbprism';

/** Return the path, in this drive, of what a run made of a notebook. */
export function executedPath(run: string, path: string): string {
  return `${DRIVE}:${path}/${run}.ipynb`;
}

/** Serves executed notebooks to JupyterLab; everything that would write is refused. */
export class ExecutedDrive implements Contents.IDrive {
  constructor(
    private readonly _api: IPrismApi,
    readonly serverSettings: ServerConnection.ISettings
  ) {}

  readonly name = DRIVE;
  readonly fileChanged = new Signal<this, Contents.IChangedArgs>(this);

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  async get(localPath: string): Promise<Contents.IModel> {
    const path = PathExt.dirname(localPath);
    if (path === '' || PathExt.extname(path) !== '.ipynb') {
      return folder(localPath);
    }
    const run = PathExt.basename(localPath, '.ipynb');
    const content = await this._api.executed(path, run);
    const now = new Date().toISOString();
    return {
      name: PathExt.basename(localPath),
      path: localPath,
      type: 'notebook',
      format: 'json',
      mimetype: '',
      content,
      writable: false,
      created: now,
      last_modified: now
    };
  }

  getDownloadUrl(): Promise<string> {
    return refuse();
  }

  newUntitled(): Promise<Contents.IModel> {
    return refuse();
  }

  delete(): Promise<void> {
    return refuse();
  }

  rename(): Promise<Contents.IModel> {
    return refuse();
  }

  save(): Promise<Contents.IModel> {
    return refuse();
  }

  copy(): Promise<Contents.IModel> {
    return refuse();
  }

  createCheckpoint(): Promise<Contents.ICheckpointModel> {
    return refuse();
  }

  listCheckpoints(): Promise<Contents.ICheckpointModel[]> {
    return Promise.resolve([]);
  }

  restoreCheckpoint(): Promise<void> {
    return refuse();
  }

  deleteCheckpoint(): Promise<void> {
    return refuse();
  }

  private _isDisposed = false;
}

function folder(path: string): Contents.IModel {
  return {
    name: PathExt.basename(path),
    path,
    type: 'directory',
    format: 'json',
    mimetype: '',
    content: [],
    writable: false,
    created: '',
    last_modified: ''
  };
}

function refuse(): Promise<never> {
  return Promise.reject(new Error('The notebook a run executed cannot be changed. Save a copy.'));
}
