/**
 * The chip in a cell's header: step or role, state, elapsed time.
 *
 * Plain DOM: a notebook has hundreds of these, and they change many times a second during a run.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { IChip } from '../model/chips';
import { sameChip } from '../model/chips';
import type { StepStateName } from '../model/runState';
import { duration } from '../model/words';
import { reservationWords, stateWord } from '../words';

/** A place on the screen. */
export interface IPlace {
  readonly x: number;
  readonly y: number;
}

export interface IChipOptions {
  readonly trans: TranslationBundle;
  /** The user wants to change what the cell is: by a menu at this place. */
  onEdit(at: IPlace): void;
  /** The user wants to see the run's output. */
  onShow(): void;
}

/** One chip. */
export class CellChip extends Widget {
  constructor(options: IChipOptions) {
    super();
    this.addClass('nbprism-Chip');
    this._trans = options.trans;
    this._label = button('nbprism-Chip-label', () => {
      const { left, bottom } = this._label.getBoundingClientRect();
      options.onEdit({ x: left, y: bottom });
    });
    this._label.setAttribute('aria-haspopup', 'menu');
    this._label.tabIndex = -1; // every cell has one: the keyboard has a shortcut instead
    this._state = document.createElement('span');
    this._state.className = 'nbprism-Chip-state';
    this._offer = button('nbprism-Chip-offer', options.onShow);
    this._offer.textContent = this._trans.__('Show output');
    this._offer.setAttribute('aria-label', this._trans.__('Show output of the run'));
    this._offer.title = this._trans.__('Put the output of the last run into this cell.');
    this._stale = document.createElement('span');
    this._stale.className = 'nbprism-Chip-stale';
    this._stale.textContent = this._trans.__('stale');
    this._stale.hidden = true;
    this.node.append(this._label, this._state, this._stale, this._offer);
    this._offer.hidden = true;
    this.hide();
  }

  /** Whether the elapsed time has to be drawn again. */
  get isRunning(): boolean {
    return this._chip?.runningSince != null;
  }

  /** Draw the chip, unless it looks the same already. */
  present(chip: IChip | null, isOffered: boolean): void {
    this._offer.hidden = !isOffered;
    if (chip === null || (chip.kind === 'none' && chip.state === null)) {
      this._chip = null;
      this.setHidden(!isOffered);
      return;
    }
    if (this._chip !== null && sameChip(this._chip, chip) && !this.isHidden) {
      return;
    }
    this._chip = chip;
    this._draw(chip);
    this.show();
  }

  /** Draw the elapsed time, by the driver's clock. */
  tick(now: number): void {
    const since = this._chip?.runningSince ?? null;
    if (since !== null) {
      this._state.textContent = duration(now - since);
    }
  }

  private _draw(chip: IChip): void {
    const { dataset, style } = this.node;
    dataset.kind = chip.kind;
    dataset.implied = String(chip.isImplied);
    dataset.state = chip.state ?? '';
    dataset.severity = chip.severity ?? '';
    dataset.stale = String(chip.stale !== null);
    style.setProperty('--nbprism-hue', String(chip.hue ?? 0));
    this._label.textContent = chip.isMetrics ? `${chip.label} · metrics` : chip.label;
    this._label.title = this._title(chip);
    this._state.textContent = this._stateText(chip);
    const stale = chip.stale === null ? '' : this._trans.__('Would run again: %1', chip.stale);
    this._state.title = [this._saved(chip), stale].filter(line => line !== '').join('\n');
    this._stale.hidden = chip.stale === null;
    this._stale.title = stale;
  }

  private _title(chip: IChip): string {
    const what =
      chip.kind === 'step'
        ? this._trans.__('Step "%1"', chip.label)
        : this._trans.__('Counts as: %1', chip.label);
    const why = chip.isImplied ? this._trans.__('no tag of its own') : '';
    const lines = [why === '' ? what : `${what} (${why})`, chip.problems];
    return lines.filter(line => line !== '').join('\n');
  }

  private _saved({ reusedFrom, savedS }: IChip): string {
    return reusedFrom === null || savedS === null
      ? ''
      : this._trans.__('Taken from run %1, which saved %2', reusedFrom, duration(savedS));
  }

  private _stateText({ state, durationS, progress, queuedFor }: IChip): string {
    if (state === null) {
      return '';
    }
    if (progress !== '') {
      return progress;
    }
    if (state === 'queued' && queuedFor !== null) {
      return this._trans.__('queued, waits for %1', reservationWords(this._trans, queuedFor));
    }
    return TIMED.has(state) && durationS !== null
      ? duration(durationS)
      : stateWord(this._trans, state);
  }

  private readonly _trans: TranslationBundle;
  private readonly _label: HTMLButtonElement;
  private readonly _state: HTMLSpanElement;
  private readonly _stale: HTMLSpanElement;
  private readonly _offer: HTMLButtonElement;
  private _chip: IChip | null = null;
}

/** States whose sign says enough, so that the time stands in place of the word. */
const TIMED: ReadonlySet<StepStateName> = new Set(['succeeded', 'running']);

function button(className: string, onClick: () => void): HTMLButtonElement {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = className;
  node.addEventListener('click', onClick);
  return node;
}
