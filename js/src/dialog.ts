/**
 * The dialog that asks for a step's name: type a new one or choose one that is there.
 */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

/** Ask for a step or a role; null if the user thought better of it. */
export async function askForTag(
  trans: TranslationBundle,
  suggestions: readonly string[]
): Promise<string | null> {
  const answer = await showDialog({
    title: trans.__('Tag the selected cells'),
    body: new TagBody(trans, suggestions),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Tag') })],
    focusNodeSelector: 'input'
  });
  const text = answer.button.accept ? (answer.value ?? '').trim() : '';
  return text === '' ? null : text;
}

/** JupyterLab's own item dialog puts the first item into the box, where only a hint should be. */
class TagBody extends Widget implements Dialog.IBodyWidget {
  constructor(trans: TranslationBundle, suggestions: readonly string[]) {
    super();
    this.addClass('nbprism-TagDialog');
    const label = document.createElement('label');
    label.textContent = trans.__('Step name, or a role');
    const list = document.createElement('datalist');
    list.id = 'nbprism-dialog-steps';
    list.append(...suggestions.map(name => new Option(name)));
    this._input = document.createElement('input');
    this._input.className = 'jp-mod-styled';
    this._input.placeholder = suggestions[0] ?? '';
    this._input.spellcheck = false;
    this._input.autocomplete = 'off';
    this._input.setAttribute('list', list.id);
    label.append(this._input);
    this.node.append(label, list);
  }

  getValue(): string {
    return this._input.value;
  }

  private readonly _input: HTMLInputElement;
}
