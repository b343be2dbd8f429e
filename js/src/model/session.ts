/**
 * Everything nbprism knows of one open notebook: its pipeline, its tags, its runs.
 */
import type { ICellModel } from '@jupyterlab/cells';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IPrismApi } from './server';
import { chipOf } from './chips';
import type { IChip } from './chips';
import { ClusterChoice } from './clusterChoice';
import type { Clusters } from './clusters';
import { hues } from './colours';
import { Compilation } from './compilation';
import { applyEdit, placeCells, readSteps, unplaceCells } from './edit';
import type { ITabStorage, TabMemory } from './memory';
import { editOfFix } from './fixes';
import { Forecasting, staleness } from './forecast';
import type { IQuestion } from './forecast';
import { KernelTypes } from './kernelTypes';
import { ParameterTexts, runsOf } from './parameters';
import { canRun } from './pipeline';
import type { ICellPlace, IDiagnostic, IPipeline } from './pipeline';
import { Problem } from './problem';
import type { IProposal } from './proposal';
import { NotebookRuns } from './runs';
import { SettingsOffer } from './settingsOffer';
import { snapshot } from './snapshot';
import type { IEdit, ISteps } from './steps';
import { placementIn, tagsOf } from './tags';
import type { Placement } from './tags';

export interface ISessionOptions {
  readonly context: DocumentRegistry.IContext<INotebookModel>;
  readonly api: IPrismApi;
  readonly memory: TabMemory;
  readonly clusters: Clusters;
  /** What the browser remembers from one day to the next. */
  readonly storage: ITabStorage;
  /** Take the drive off a path, as the server knows paths without. */
  localPath(path: string): string;
}

/** Tags that say a notebook is a pipeline: ours, and those of Kale. */
const TAGGED = /^(step:|block:|imports$|functions$|parameters$|metrics$|pipeline-)/;

/** The pipeline and the runs of one notebook, whatever number of views it is open in. */
export class NotebookSession implements IDisposable {
  constructor(options: ISessionOptions) {
    this._options = options;
    const { api, memory, context } = options;
    this.compilation = new Compilation({
      read: () => (this.isDisposed ? null : snapshot(this.model)),
      compile: (notebook, signal) => api.compile(this.path, notebook, signal)
    });
    this.runs = new NotebookRuns({
      api,
      memory,
      path: () => this.path,
      read: () => snapshot(this.model)
    });
    this.cluster = new ClusterChoice({
      clusters: options.clusters,
      storage: options.storage,
      path: () => this.path
    });
    this.cluster.changed.connect(this._onClusterChanged, this);
    this.types = new KernelTypes(context.sessionContext);
    this.types.changed.connect(() => this._changed.emit());
    this.offer = new SettingsOffer(api);
    this.offer.changed.connect(() => this._changed.emit());
    this.compilation.changed.connect(this._onCompiled, this);
    this.forecasting = new Forecasting({
      read: () => this._question(),
      ask: question => api.forecast(this.path, question)
    });
    this.forecasting.changed.connect(() => this._changed.emit());
    this.runs.changed.connect(this._onRunsChanged, this);
    this.parameters = new ParameterTexts(memory.typed(this.path));
    this.parameters.changed.connect(() => {
      memory.keepTyped(this.path, this.parameters.texts);
      this.forecasting.request();
      this._changed.emit();
    });
    void context.ready.then(() => this._start());
  }

  /** Emitted when anything a view shows has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Where the next run goes. */
  readonly cluster: ClusterChoice;
  /** What a step's settings can be. */
  readonly offer: SettingsOffer;
  readonly compilation: Compilation;
  /** What a run would do now. */
  readonly forecasting: Forecasting;
  readonly runs: NotebookRuns;
  /** What crosses between steps, as it is in the kernel. */
  readonly types: KernelTypes;
  /** What the user typed for the next run. */
  readonly parameters: ParameterTexts;

  get model(): INotebookModel {
    return this._options.context.model;
  }

  /** The notebook's path as the server knows it. */
  get path(): string {
    return this._options.localPath(this._options.context.path);
  }

  get pipeline(): IPipeline | null {
    return this.compilation.pipeline;
  }

  /** What the user should know of the last thing that could not be done, or null. */
  get problem(): Problem | null {
    const { error } = this.compilation;
    return this.runs.problem ?? (error === null ? null : Problem.of(error));
  }

  /** Whether anybody has tagged a cell here; chips stay away from other notebooks. */
  get isTagged(): boolean {
    return [...this.model.cells].some(cell =>
      tagsOf(cell.getMetadata('tags')).some(tag => TAGGED.test(tag))
    );
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The names of the steps, in notebook order, those tagged a moment ago included. */
  get stepNames(): readonly string[] {
    const tagged = [...this.model.cells]
      .map(cell => placementIn(tagsOf(cell.getMetadata('tags'))))
      .map(placement => (placement?.kind === 'step' ? placement.step : null));
    const compiled = this.pipeline?.steps.map(step => step.name) ?? [];
    return [...new Set([...compiled, ...tagged.filter(name => name !== null)])];
  }

  /** The colours of the steps. */
  get hues(): ReadonlyMap<string, number> {
    return hues(this.stepNames);
  }

  /** Return what the chip of a cell says. */
  chip(cell: ICellModel, colours: ReadonlyMap<string, number>): IChip {
    return chipOf({
      cell: cell.id,
      tags: tagsOf(cell.getMetadata('tags')),
      place: this._places.get(cell.id) ?? null,
      diagnostics: this.findings(cell.id),
      hues: colours,
      run: this.runs.watch?.state ?? null,
      settings: step => this.pipeline?.steps.find(({ name }) => name === step)?.settings ?? null,
      stale: step => staleness(this.forecasting.of(step))
    });
  }

  place(cells: readonly ICellModel[], placement: Placement): void {
    placeCells(this.model, cells, placement);
  }

  unplace(cells: readonly ICellModel[]): void {
    unplaceCells(this.model, cells);
  }

  /** Return what the compiler found in a cell. */
  findings(cell: string): readonly IDiagnostic[] {
    return this._findings.get(cell) ?? NO_FINDINGS;
  }

  /** Carry out what a finding proposes; return whether that still fits the notebook. */
  fix({ fix }: IDiagnostic): boolean {
    const sourceOf = (index: number): string => this.model.cells.get(index).sharedModel.getSource();
    const edit = fix === null ? null : editOfFix(this.steps(), fix, sourceOf);
    if (edit !== null) {
      this.edit(edit);
    }
    return edit !== null;
  }

  /** Ask for steps that this notebook could have. */
  propose(): Promise<IProposal> {
    return this._options.api.suggest(this.path, snapshot(this.model));
  }

  /** Return the cells, their steps and settings as they are now. */
  steps(): ISteps {
    return readSteps(this.model);
  }

  /** Carry an edit out; one undo takes it back. */
  edit(edit: IEdit): void {
    applyEdit(this.model, edit);
  }

  /**
   * Run the notebook as it is now, with the parameters as they are typed. Return whether a run was
   * started; if not, the problem or the diagnostics say why.
   */
  async run(): Promise<boolean> {
    await this.compilation.now();
    const known = this.pipeline?.parameters ?? [];
    const isFit = this.pipeline === null || canRun(this.pipeline);
    if (!isFit || this.parameters.wrong(known).length > 0) {
      return false;
    }
    await this.runs.start({
      parameters: this.parameters.values(known),
      sweep: this.parameters.sweep(known),
      cluster: this.cluster.name
    });
    return this.runs.problem === null;
  }

  /** Look for runs started elsewhere, unless there is no server side to ask. */
  async look(): Promise<void> {
    if (!this._isServerMissing) {
      await this.runs.look();
    }
  }

  /** Ask the server again for what it could not say. */
  retry(): void {
    this.runs.dismiss();
    void this.compilation.now();
    void this.runs.look();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearTimeout(this._releasing);
    this.cluster.dispose();
    this.compilation.dispose();
    this.forecasting.dispose();
    this.types.dispose();
    this.runs.dispose();
    Signal.clearData(this);
  }

  private _start(): void {
    if (!this._isDisposed) {
      this.model.contentChanged.connect(this._onContentChanged, this);
      void this.compilation.now();
      void this.runs.look();
      void this.cluster.look();
    }
  }

  private _onContentChanged(): void {
    if (!this._isServerMissing) {
      this.compilation.request();
    }
  }

  /** Asked once, it is not asked again with every keystroke. */
  private get _isServerMissing(): boolean {
    return this.problem?.code === 'server-missing';
  }

  private _question(): IQuestion | null {
    const known = this.pipeline?.parameters ?? [];
    const isFit = this.pipeline !== null && canRun(this.pipeline);
    const isOneRun = runsOf(this.parameters.sweep(known)) === 1;
    if (!isFit || !isOneRun || this.parameters.wrong(known).length > 0 || this.runs.isActive) {
      return null;
    }
    const { name } = this.cluster;
    return {
      notebook: snapshot(this.model),
      parameters: this.parameters.values(known),
      ...(name === null ? {} : { cluster: name })
    };
  }

  /** What is known of the cluster decides what fits on it. */
  private _onClusterChanged(): void {
    const { name, answer } = this.cluster;
    const known = `${name ?? ''} ${answer?.state ?? ''}`;
    if (known !== this._knownOfCluster && answer?.state !== 'asking') {
      this._knownOfCluster = known;
      this.forecasting.request();
    }
    this._changed.emit();
  }

  private _onRunsChanged(): void {
    // A run that is over changes what the next one would do.
    const { isActive } = this.runs;
    if (isActive !== this._wasActive) {
      this._wasActive = isActive;
      this.forecasting.request();
      clearTimeout(this._releasing);
      if (!isActive) {
        this._releasing = setTimeout(() => void this.cluster.ask(), RELEASED_MS);
      }
    }
    this._changed.emit();
  }

  private _onCompiled(): void {
    if (this.pipeline !== this._forecasted) {
      this._forecasted = this.pipeline;
      this.forecasting.request();
    }
    this._places = new Map(this.pipeline?.cells.map(place => [place.id, place]));
    this._findings = byCell(this.pipeline?.diagnostics ?? []);
    if (this.runs.problem?.code === 'pipeline-has-errors') {
      this.runs.dismiss(); // the diagnostics now say how it is
    }
    this._changed.emit();
  }

  private readonly _options: ISessionOptions;
  private readonly _changed = new Signal<this, void>(this);
  private _places: ReadonlyMap<string, ICellPlace> = new Map();
  private _findings: ReadonlyMap<string, readonly IDiagnostic[]> = new Map();
  private _forecasted: IPipeline | null = null;
  private _wasActive = false;
  private _knownOfCluster = '';
  private _releasing: ReturnType<typeof setTimeout> | undefined;
  private _isDisposed = false;
}

/** After which a cluster knows that what a run had is free again. */
const RELEASED_MS = 3_000;

const NO_FINDINGS: readonly IDiagnostic[] = [];

function byCell(diagnostics: readonly IDiagnostic[]): ReadonlyMap<string, readonly IDiagnostic[]> {
  const found = new Map<string, IDiagnostic[]>();
  for (const diagnostic of diagnostics) {
    if (diagnostic.cell !== null) {
      found.set(diagnostic.cell, [...(found.get(diagnostic.cell) ?? []), diagnostic]);
    }
  }
  return found;
}
