/**
 * The only door to the server: REST calls and the event socket under `nbprism/`.
 */
import { URLExt } from '@jupyterlab/coreutils';
import type { INotebookContent } from '@jupyterlab/nbformat';
import { ServerConnection } from '@jupyterlab/services';
import { UUID } from '@lumino/coreutils';
import type { IClusterList, IOffer } from './model/offer';
import type { IRunDetail, IRunRow } from './model/detail';
import { parseFrame } from './model/events';
import type { RunEvent } from './model/events';
import type { IEventConnection } from './model/feed';
import type { IForecast, IQuestion } from './model/forecast';
import type { IDiagnostic, IPipeline } from './model/pipeline';
import { Problem } from './model/problem';
import type { IProposal } from './model/proposal';
import type { IRunSummary } from './model/runState';
import type { IFormSchema } from './model/settingsForm';
import type {
  IExample,
  IPrismApi,
  IResultsApi,
  IRunsPage,
  IRunsQuery,
  ISubmission
} from './model/server';

const ROOT = 'nbprism';

interface IErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string };
  readonly diagnostics?: readonly IDiagnostic[];
}

/** Speaks to nbprism's server extension. */
export class PrismApi implements IPrismApi, IResultsApi {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  compile(path: string, notebook: INotebookContent, signal?: AbortSignal): Promise<IPipeline> {
    return this._post('compile', { path, notebook }, signal);
  }

  suggest(path: string, notebook: INotebookContent): Promise<IProposal> {
    return this._post('suggest', { path, notebook });
  }

  settingsForm(): Promise<IFormSchema> {
    return this._request('settings-form', { method: 'GET' });
  }

  clusters(): Promise<IClusterList> {
    return this._request('clusters', { method: 'GET' });
  }

  cluster(name: string): Promise<IOffer> {
    const query = URLExt.objectToQueryString({ cluster: name });
    return this._request('cluster' + query, { method: 'GET' });
  }

  addCluster(name: string, url: string): Promise<IClusterList> {
    return this._post('clusters', { name, url });
  }

  forecast(path: string, question: IQuestion): Promise<IForecast> {
    return this._post('forecast', { path, ...question });
  }

  async submit(submission: ISubmission): Promise<IRunSummary> {
    try {
      return await this._post('runs', submission);
    } catch (error) {
      const isUnreachable = error instanceof Problem && error.code === 'unreachable';
      if (!isUnreachable || submission.submit_key === undefined) {
        throw error;
      }
      // Its answer may be all that was lost; with the same key nothing starts twice.
      return this._post('runs', submission);
    }
  }

  async runs(path: string, limit?: number): Promise<readonly IRunSummary[]> {
    const { runs } = await this.history(limit === undefined ? { path } : { path, limit });
    return runs;
  }

  summary(path: string, run: string): Promise<IRunSummary> {
    return this._get(URLExt.join('runs', encodeURIComponent(run)), path);
  }

  cancel(path: string, run: string, step?: string): Promise<IRunSummary> {
    const body = step === undefined ? { path } : { path, step };
    return this._post(URLExt.join('runs', encodeURIComponent(run), 'cancel'), body);
  }

  async writeOutputs(path: string, run: string): Promise<boolean> {
    const { writes } = await this._post<{ writes: boolean }>(of(run, 'outputs'), { path });
    return writes;
  }

  executed(path: string, run: string): Promise<INotebookContent> {
    return this._get(URLExt.join('runs', encodeURIComponent(run), 'executed'), path);
  }

  events(path: string, run: string, after: number): IEventConnection {
    const { wsUrl, token, appendToken, WebSocket } = this._settings;
    const query = { path, after: String(after), ...(appendToken && token ? { token } : {}) };
    const url =
      URLExt.join(wsUrl, ROOT, 'runs', encodeURIComponent(run), 'events') +
      URLExt.objectToQueryString(query);
    return new EventSocket(new WebSocket(url));
  }

  history(query: IRunsQuery): Promise<IRunsPage> {
    const { states = [], limit, ...rest } = query;
    const fields = {
      ...rest,
      ...(states.length === 0 ? {} : { states: states.join(',') }),
      ...(limit === undefined ? {} : { limit: String(limit) })
    };
    return this._request('runs' + URLExt.objectToQueryString(fields), { method: 'GET' });
  }

  detail(path: string, run: string): Promise<IRunDetail> {
    return this._get(of(run, 'detail'), path);
  }

  submitted(path: string, run: string): Promise<INotebookContent> {
    return this._get(of(run, 'notebook'), path);
  }

  report(path: string, run: string): Promise<string> {
    return this._text(of(run, 'report') + URLExt.objectToQueryString({ path }), { method: 'GET' });
  }

  async driverLog(path: string, run: string): Promise<string> {
    const { text } = await this._get<{ text: string }>(of(run, 'log'), path);
    return text;
  }

  again(path: string, run: string, resume: boolean): Promise<IRunRow> {
    return this._post(of(run, 'again'), { path, resume, submit_key: UUID.uuid4() });
  }

  pin(path: string, run: string, pinned: boolean): Promise<IRunRow> {
    return this._post(of(run, 'pin'), { path, pinned });
  }

  async remove(path: string, run: string): Promise<void> {
    await this._request(of(run) + URLExt.objectToQueryString({ path }), { method: 'DELETE' });
  }

  async examples(): Promise<readonly IExample[]> {
    const { examples } = await this._request<{ examples: readonly IExample[] }>('examples', {
      method: 'GET'
    });
    return examples;
  }

  async copyExample(name: string, folder: string): Promise<string> {
    const { path } = await this._post<{ path: string }>('examples', { name, folder });
    return path;
  }

  private _get<T>(endpoint: string, path: string): Promise<T> {
    return this._request<T>(endpoint + URLExt.objectToQueryString({ path }), { method: 'GET' });
  }

  private _post<T>(endpoint: string, body: unknown, signal?: AbortSignal): Promise<T> {
    const init = { method: 'POST', body: JSON.stringify(body) };
    return this._request<T>(endpoint, signal === undefined ? init : { ...init, signal });
  }

  private async _request<T>(endpoint: string, init: RequestInit): Promise<T> {
    return parsed(await this._text(endpoint, init)) as T;
  }

  private async _text(endpoint: string, init: RequestInit): Promise<string> {
    const url = URLExt.join(this._settings.baseUrl, ROOT) + `/${endpoint}`;
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this._settings);
    } catch {
      throw new Problem('unreachable', 'The Jupyter server does not answer.');
    }
    const text = await response.text();
    if (!response.ok) {
      throw problemOf(response, parsed(text) as IErrorBody | null);
    }
    return text;
  }
}

/** The address of a run, or of something that it has. */
function of(run: string, ...what: string[]): string {
  return URLExt.join('runs', encodeURIComponent(run), ...what);
}

/** The error of a reply, in words. */
function problemOf(response: Response, body: IErrorBody | null): Problem {
  const { code, message } = body?.error ?? {};
  if (code === undefined && response.status === 404) {
    // Jupyter itself answered: nobody serves this address.
    return new Problem(
      'server-missing',
      'The server side of nbprism is not enabled on this Jupyter server.',
      404
    );
  }
  const text = message ?? `The server answered ${response.status} ${response.statusText}.`;
  return new Problem(code ?? 'internal-error', text, response.status, body?.diagnostics ?? []);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A WebSocket as the model sees it. */
class EventSocket implements IEventConnection {
  constructor(socket: WebSocket) {
    this._socket = socket;
    socket.onmessage = message => this._onMessage(message);
    socket.onclose = () => this._close();
    socket.onerror = () => this._close();
  }

  onEvents: (events: readonly RunEvent[]) => void = () => undefined;
  onClose: () => void = () => undefined;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._socket.onmessage = null;
    this._socket.onclose = null;
    this._socket.onerror = null;
    this._socket.close();
  }

  private _onMessage(message: MessageEvent): void {
    let events: readonly RunEvent[];
    try {
      events = parseFrame(message.data);
    } catch (error) {
      console.error('nbprism: a frame of events could not be read', error);
      this._close();
      return;
    }
    this.onEvents(events);
  }

  private _close(): void {
    if (!this._isDisposed) {
      this.dispose();
      this.onClose();
    }
  }

  private readonly _socket: WebSocket;
  private _isDisposed = false;
}
