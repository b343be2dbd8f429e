/**
 * A line below the outputs of a cell: the run that they are of, when that was, whether they are
 * stale.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

/** What there is to say of a cell's outputs. */
export interface INote {
  readonly run: string;
  /** When it was submitted, in seconds. */
  readonly at: number | null;
  readonly isStale: boolean;
}

/** One such line. */
export class OutputNote extends Widget {
  constructor(private readonly _trans: TranslationBundle) {
    super();
    this.addClass('nbprism-Note');
    this.hide();
  }

  /** Show the line, or none. */
  present(note: INote | null): void {
    this.setHidden(note === null);
    if (note !== null) {
      const text = this._text(note);
      if (this.node.textContent !== text) {
        this.node.textContent = text;
      }
      this.node.title = this._trans.__('These are the outputs of run %1', note.run);
    }
  }

  private _text({ at, isStale }: INote): string {
    const run = at === null ? this._trans.__('of a run') : this._trans.__('run of %1', moment(at));
    return isStale ? this._trans.__('%1, stale', run) : run;
  }
}

/** The time of day, and the date where it is not today's. */
function moment(seconds: number): string {
  const then = new Date(seconds * 1000);
  return then.toDateString() === new Date().toDateString()
    ? then.toLocaleTimeString([], { timeStyle: 'short' })
    : then.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}
