/**
 * The side panel: watches the current notebook and draws `PanelView`.
 */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import type { JSX } from 'react';
import { soon } from './frames';
import { prismIcon } from './icons';
import { taggedSteps } from './model/cells';
import { runsOf } from './model/parameters';
import type { NotebookSession } from './model/session';
import { giveCell, moveStep } from './model/steps';
import { isPrismTag, placementIn, tagOf, tagsOf } from './model/tags';
import { reveal, selectedCodeCells } from './notebooks';
import { StepCommandIds } from './stepCommands';
import { openStepMenu } from './stepMenu';
import type { IPrismSessions } from './tokens';
import type { IPanelActions } from './view/actions';
import { PanelView } from './view/PanelView';
import type { INotebookView } from './view/PanelView';
import type { IClusterView } from './view/ClusterPicker';
import type { IEditedStep } from './view/Steps';
import type { ISelection } from './view/TagBox';

const CLOCK_MS = 500;

export interface IPrismPanelOptions {
  readonly sessions: IPrismSessions;
  readonly tracker: INotebookTracker;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
}

/** The panel in the right area. */
export class PrismPanel extends ReactWidget {
  constructor(options: IPrismPanelOptions) {
    super();
    this._options = options;
    this.id = 'nbprism-panel';
    this.title.icon = prismIcon;
    this.title.caption = options.trans.__('nbprism: steps and runs of the notebook');
    this.addClass('nbprism-Panel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', options.trans.__('nbprism'));
    options.sessions.currentChanged.connect(this._onSessionChanged, this);
    options.tracker.selectionChanged.connect(this._draw, this);
    options.tracker.activeCellChanged.connect(this._draw, this);
    options.tracker.currentChanged.connect(this._draw, this);
    this._onSessionChanged(options.sessions, options.sessions.current);
  }

  /** Put the cursor into the tag box. */
  focusTagBox(): void {
    requestAnimationFrame(() => {
      this.node.querySelector<HTMLInputElement>('.nbprism-TagBox-input')?.focus();
    });
  }

  /** Show the form of a step's settings, or none. */
  editSettings(step: string | null): void {
    this._editing = step;
    const { current } = this._options.sessions;
    void current?.offer.load();
    void current?.cluster.ask();
    this._draw();
  }

  override dispose(): void {
    clearInterval(this._clock);
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._draw();
  }

  protected override render(): JSX.Element {
    const { sessions, trans } = this._options;
    const { current, currentPanel } = sessions;
    const notebook =
      current === null || currentPanel === null
        ? null
        : viewOf(
            current,
            currentPanel,
            sessions.writerOf(currentPanel)?.offered.length ?? 0,
            this._editing
          );
    return (
      <PanelView
        trans={trans}
        notebook={notebook}
        isExecuted={notebook === null && this._options.tracker.currentWidget !== null}
        actions={this._actions}
      />
    );
  }

  private _onSessionChanged(_: IPrismSessions, session: NotebookSession | null): void {
    this._session?.changed.disconnect(this._draw, this);
    this._session = session;
    session?.changed.connect(this._draw, this);
    this._draw();
  }

  /** Elapsed times move on by themselves while something runs. */
  private _runClock(): void {
    const isRunning = this._session?.runs.isActive ?? false;
    if (isRunning !== (this._clock !== undefined)) {
      clearInterval(this._clock);
      this._clock = isRunning ? setInterval(() => this._draw(), CLOCK_MS) : undefined;
    }
  }

  private _draw(): void {
    this._runClock();
    if (this._isScheduled || !this.isVisible) {
      return;
    }
    this._isScheduled = true;
    soon(() => {
      this._isScheduled = false;
      if (!this.isDisposed) {
        this.update();
      }
    });
  }

  private _selected(act: (session: NotebookSession, panel: NotebookPanel) => void): void {
    const { current, currentPanel } = this._options.sessions;
    if (current !== null && currentPanel !== null) {
      act(current, currentPanel);
      this._draw();
    }
  }

  private readonly _actions: IPanelActions = {
    run: () => void this._options.commands.execute('nbprism:run'),
    cancel: () => void this._options.commands.execute('nbprism:cancel'),
    place: placement =>
      void this._options.commands.execute('nbprism:tag-cells', { tag: tagOf(placement) }),
    unplace: () => void this._options.commands.execute('nbprism:untag-cells'),
    reveal: (cell, line = null) => this._selected((_, panel) => void reveal(panel, cell, line)),
    suggest: () => void this._options.commands.execute(StepCommandIds.suggest),
    editSettings: step => this.editSettings(step),
    setSettings: (step, settings) =>
      this._selected(session =>
        session.edit({ settings: { ...session.steps().settings, [step]: settings } })
      ),
    openStepMenu: (step, x, y) => openStepMenu(this._options.commands, step, { x, y }),
    renameStep: step => void this._options.commands.execute(StepCommandIds.rename, { step }),
    giveCell: (cell, step) =>
      this._selected(session => {
        const steps = session.steps();
        const at = steps.cells.findIndex(({ id }) => id === cell);
        session.edit(giveCell(steps, at, step));
      }),
    moveStep: (step, where, other) =>
      this._selected(session => session.edit(moveStep(session.steps(), step, where, other))),
    fix: diagnostic => this._selected(session => session.fix(diagnostic)),
    chooseCluster: name => this._selected(session => session.cluster.choose(name)),
    lookForClusters: () => this._selected(session => void session.cluster.look()),
    askCluster: () => this._selected(session => void session.cluster.ask()),
    addCluster: () => void this._options.commands.execute('nbprism:add-cluster'),
    openExecuted: run => void this._options.commands.execute('nbprism:open-executed', { run }),
    openRun: run => void this._options.commands.execute('nbprism:open-run', { run }),
    openHistory: () => void this._options.commands.execute('nbprism:open-history'),
    openGraph: () => void this._options.commands.execute('nbprism:open-graph'),
    lookAtKernel: () =>
      this._selected(session => {
        if (session.pipeline !== null) {
          void session.types.look(session.pipeline);
        }
      }),
    setParameter: (name, text) => this._selected(session => session.parameters.set(name, text)),
    showOutputs: () =>
      this._selected((_, panel) => {
        const writer = this._options.sessions.writerOf(panel);
        writer?.offered.forEach(cell => writer.show(cell));
      }),
    retry: () => this._selected(session => session.retry()),
    dismiss: () => this._selected(session => session.runs.dismiss())
  };

  private readonly _options: IPrismPanelOptions;
  private _session: NotebookSession | null = null;
  private _editing: string | null = null;
  private _isScheduled = false;
  private _clock: ReturnType<typeof setInterval> | undefined;
}

function viewOf(
  session: NotebookSession,
  panel: NotebookPanel,
  offered: number,
  editing: string | null
): INotebookView {
  const tagged = [...session.model.cells].filter(cell =>
    tagsOf(cell.getMetadata('tags')).some(isPrismTag)
  );
  return {
    name: PathExt.basename(session.path),
    pipeline: session.pipeline,
    isTagged: session.isTagged,
    isBehind:
      session.compilation.isBehind ||
      session.forecasting.isBehind ||
      session.cluster.answer?.state === 'asking',
    steps: taggedSteps(session.steps().cells),
    hues: session.hues,
    tagged: new Set(tagged.map(cell => cell.id)),
    editing: editing === null ? null : editedStep(session, editing),
    selection: selectionOf(session, panel),
    texts: session.parameters.texts,
    wrong: session.parameters.wrong(session.pipeline?.parameters ?? []),
    points: runsOf(session.parameters.sweep(session.pipeline?.parameters ?? [])),
    offered,
    run: session.runs.watch?.state ?? null,
    now: session.runs.watch?.clock.at(Date.now() / 1000) ?? 0,
    feed: session.runs.watch?.feed ?? null,
    busy: session.runs.busy,
    cluster: clusterOf(session),
    forecast: session.forecasting.forecast,
    types: session.types.state,
    problem: session.problem,
    canDismiss: session.runs.problem !== null
  };
}

function editedStep(session: NotebookSession, step: string): IEditedStep {
  const { schema, problem } = session.offer;
  const misfits = session.forecasting.forecast?.misfits ?? [];
  return {
    step,
    schema,
    problem,
    cluster: clusterOf(session),
    misfits: misfits.filter(misfit => misfit.step === step).map(({ message }) => message),
    settings: session.steps().settings[step] ?? {}
  };
}

function clusterOf({ cluster: { name, names, answer } }: NotebookSession): IClusterView {
  return { name, names, answer };
}

function selectionOf(session: NotebookSession, panel: NotebookPanel): ISelection {
  const cells = selectedCodeCells(panel);
  const tags = cells.map(cell => tagsOf(cell.model.getMetadata('tags')));
  const placements = tags.map(placementIn);
  const [first = null] = placements;
  const alike = placements.every(
    placement => placement !== null && first !== null && tagOf(placement) === tagOf(first)
  );
  const [cell] = cells;
  const chip = cell === undefined ? null : session.chip(cell.model, new Map());
  return {
    numbers: cells.map(item => panel.content.widgets.indexOf(item) + 1),
    placement: alike ? first : null,
    isTagged: tags.some(list => list.some(isPrismTag)),
    implied: cells.length === 1 && chip?.isImplied && chip.label !== '' ? chip.label : null
  };
}
