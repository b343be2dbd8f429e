/**
 * Tabs in the main area that come back after a reload.
 *
 * The main area of Notebook 7 has room for the notebook alone: there they are below it.
 */
import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import { TabPanel } from '@lumino/widgets';
import type { Widget } from '@lumino/widgets';
import { prismIcon } from '../icons';

/** Where tabs are. */
export type TabArea = 'main' | 'down';

export interface ITabsOptions<A extends ReadonlyJSONObject, W extends Widget> {
  readonly app: JupyterFrontEnd;
  readonly area: TabArea;
  readonly restorer: ILayoutRestorer | null;
  /** The command that opens such a tab with its arguments. */
  readonly command: string;
  /** Make what the tab shows. */
  make(args: A): W;
  label(args: A): string;
}

/** Opens one tab for each set of arguments; asked again, it shows the one that is there. */
export class Tabs<A extends ReadonlyJSONObject, W extends Widget> {
  constructor(options: ITabsOptions<A, W>) {
    this._options = options;
    const { restorer, command } = options;
    this._tracker = new WidgetTracker({ namespace: command.replace(':', '-') });
    void restorer?.restore(this._tracker, {
      command,
      args: tab => this._args.get(tab) ?? {},
      name: tab => tab.id
    });
  }

  /** Show the tab with these arguments. */
  open(args: A, place: 'tab-after' | 'split-right' = 'tab-after'): void {
    const { app, area, command, make, label } = this._options;
    const id = `${command}-${JSON.stringify(args)}`;
    let tab = this._tracker.find(known => known.id === id);
    if (tab === undefined) {
      const content = make(args);
      content.toggleClass('nbprism-mod-below', area === 'down');
      tab = new MainAreaWidget({ content });
      tab.id = id;
      tab.title.label = label(args);
      tab.title.icon = prismIcon;
      tab.title.closable = true;
      this._args.set(tab, args);
      app.shell.add(tab, area, { mode: place, type: 'nbprism' });
      void this._tracker.add(tab);
    }
    app.shell.activateById(id);
    const below = tab.parent?.parent;
    if (below instanceof TabPanel) {
      below.currentWidget = tab; // Notebook 7 shows the area, but not the tab
    }
  }

  private readonly _options: ITabsOptions<A, W>;
  private readonly _tracker: WidgetTracker<MainAreaWidget<W>>;
  private readonly _args = new WeakMap<Widget, A>();
}
