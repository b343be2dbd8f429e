/**
 * A notebook and a server for tests: JupyterLab's own model, and an API whose events a test sends.
 */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { ICell, INotebookContent } from '@jupyterlab/nbformat';
import { NotebookModel } from '@jupyterlab/notebook';
import type { INotebookModel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import type { RunEvent } from '../../src/model/events';
import { Clusters } from '../../src/model/clusters';
import type { IClusterList, IOffer } from '../../src/model/offer';
import type { IEventConnection } from '../../src/model/feed';
import { TabMemory } from '../../src/model/memory';
import type { ITabStorage } from '../../src/model/memory';
import type { IForecast, IQuestion } from '../../src/model/forecast';
import type { IPipeline, Severity } from '../../src/model/pipeline';
import { Problem } from '../../src/model/problem';
import type { IProposal } from '../../src/model/proposal';
import type { IRunSummary } from '../../src/model/runState';
import { NotebookSession } from '../../src/model/session';
import type { IFormSchema } from '../../src/model/settingsForm';
import { OutputWriter } from '../../src/model/writer';
import type { IPrismApi, ISubmission } from '../../src/model/server';

export function code(id: string, source: string, ...tags: string[]): ICell {
  const metadata = tags.length === 0 ? {} : { tags };
  return { cell_type: 'code', id, source, metadata, outputs: [], execution_count: null };
}

export function notebookOf(...cells: ICell[]): NotebookModel {
  return filled(new NotebookModel(), cells);
}

/** A notebook that several people may have open. */
export function sharedNotebookOf(...cells: ICell[]): NotebookModel {
  return filled(new NotebookModel({ collaborationEnabled: true }), cells);
}

function filled(model: NotebookModel, cells: ICell[]): NotebookModel {
  model.fromJSON({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
  return model;
}

const EMPTY: IPipeline = {
  schema: 1,
  pipeline: 'demo',
  parameters: [],
  steps: [],
  edges: [],
  diagnostics: [],
  cells: []
};

function summary(run: string): IRunSummary {
  return {
    run,
    state: 'running',
    notebook: 'demo.ipynb',
    created_at: 1,
    duration_s: null,
    metrics: {},
    steps: {},
    executed: null,
    error: null
  };
}

const NO_FIX = { setting: null, fix: null };

/** A server in memory: what a test emits reaches every open connection, and later ones too. */
export class FakeApi implements IPrismApi {
  readonly submitted: ISubmission[] = [];
  readonly events_: RunEvent[] = [];
  readonly connections = new Set<IEventConnection>();
  listed: string[] = [];
  /** Runs, and steps as `RUN STEP`, that were asked to stop. */
  readonly cancelled: string[] = [];
  /** What the compiler finds in whatever it is given. */
  finding: Severity | null = null;

  compile(): Promise<IPipeline> {
    const finding = {
      code: 'x',
      message: 'm',
      hint: '',
      step: null,
      cell: null,
      line: null,
      ...NO_FIX
    };
    const diagnostics = this.finding === null ? [] : [{ ...finding, severity: this.finding }];
    return Promise.resolve({ ...EMPTY, diagnostics });
  }

  suggest(): Promise<IProposal> {
    return Promise.resolve({ tags: { a: ['step:load'] }, pipeline: EMPTY });
  }

  settingsForm(): Promise<IFormSchema> {
    return Promise.resolve({ type: 'object', properties: {} });
  }

  /** The clusters there are, and what was asked of which. */
  clusterNames = ['local', 'farm'];
  readonly askedClusters: string[] = [];

  clusters(): Promise<IClusterList> {
    return Promise.resolve({
      usual: 'local',
      clusters: this.clusterNames,
      file: '/home/me/clusters.toml'
    });
  }

  cluster(name: string): Promise<IOffer> {
    this.askedClusters.push(name);
    const capacity = { cpus: 2, gpus: 0, memory: 4e9, accelerators: [] };
    return name === 'farm'
      ? Promise.reject(new Problem('cluster-unreachable', 'farm does not answer.', 503))
      : Promise.resolve({ cluster: name, capacity, total: capacity, free: capacity, nodes: 1 });
  }

  addCluster(name: string): Promise<IClusterList> {
    this.clusterNames = [...this.clusterNames, name];
    return this.clusters();
  }

  /** What the next run would do. */
  outlook: IForecast = { steps: [], expected_s: null, misfits: [] };
  readonly asked: IQuestion[] = [];

  forecast(_: string, question: IQuestion): Promise<IForecast> {
    this.asked.push(question);
    return Promise.resolve(this.outlook);
  }

  submit(submission: ISubmission): Promise<IRunSummary> {
    this.submitted.push(submission);
    const run = `run-${this.submitted.length}`;
    this.listed.unshift(run);
    return Promise.resolve(summary(run));
  }

  runs(): Promise<readonly IRunSummary[]> {
    return Promise.resolve(this.listed.map(summary));
  }

  summary(_: string, run: string): Promise<IRunSummary> {
    return Promise.resolve(summary(run));
  }

  cancel(_: string, run: string, step?: string): Promise<IRunSummary> {
    this.cancelled.push(step === undefined ? run : `${run} ${step}`);
    return Promise.resolve(summary(run));
  }

  /** Whether the server writes runs into rooms; null while it does not answer. */
  writes: boolean | null = false;
  /** The runs it was asked to write. */
  readonly askedToWrite: string[] = [];

  writeOutputs(_: string, run: string): Promise<boolean> {
    this.askedToWrite.push(run);
    return this.writes === null ? Promise.reject(new Error('away')) : Promise.resolve(this.writes);
  }

  executed(): Promise<INotebookContent> {
    return Promise.reject(new Error('not executed'));
  }

  events(_: string, __: string, after: number): IEventConnection {
    const connection: IEventConnection = {
      isDisposed: false,
      onEvents: () => undefined,
      onClose: () => undefined,
      dispose: () => void this.connections.delete(connection)
    };
    this.connections.add(connection);
    queueMicrotask(() => connection.onEvents(this.events_.filter(event => event.seq > after)));
    return connection;
  }

  /** Send events to whoever listens. */
  emit(events: readonly RunEvent[]): void {
    this.events_.push(...events);
    [...this.connections].forEach(connection => connection.onEvents(events));
  }
}

/** A notebook without a kernel, until a test gives it one. */
export class FakeKernelPlace {
  session: unknown = null;
  readonly ready = Promise.resolve();
  readonly kernelChanged = new Signal<this, unknown>(this);
  readonly statusChanged = new Signal<this, unknown>(this);
  readonly iopubMessage = new Signal<this, unknown>(this);
}

/** A tab: its storage outlives the sessions that are opened in it. */
export class Tab {
  constructor(readonly api: FakeApi) {}

  isWanted = true;

  /** Open a notebook and wait until the server was asked for its runs. */
  async open(model: INotebookModel): Promise<{ session: NotebookSession; writer: OutputWriter }> {
    const sessionContext = new FakeKernelPlace();
    const context = { model, sessionContext, path: 'demo.ipynb', ready: Promise.resolve() };
    const session = new NotebookSession({
      context: context as unknown as DocumentRegistry.IContext<INotebookModel>,
      api: this.api,
      memory: new TabMemory(this.storage),
      clusters: new Clusters(this.api),
      storage: this.storage,
      localPath: path => path
    });
    const writer = new OutputWriter({
      session,
      schedule: callback => callback(),
      isWanted: () => this.isWanted
    });
    await settle();
    return { session, writer };
  }

  private readonly _stored = new Map<string, string>();
  readonly storage: ITabStorage = {
    getItem: key => this._stored.get(key) ?? null,
    setItem: (key, value) => void this._stored.set(key, value)
  };
}

/** Let everything that is resolved already take effect. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.resolve();
  }
}
