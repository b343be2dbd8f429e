/**
 * The examples that come with nbprism, on a card of the launcher.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, Notification, showDialog } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { PrismApi } from './api';
import { prismIcon } from './icons';
import { Problem } from './model/problem';
import type { IExample, IResultsApi } from './model/server';

const COMMAND = 'nbprism:open-examples';

export const examples: JupyterFrontEndPlugin<void> = {
  id: 'nbprism:examples',
  description: 'A launcher card that copies an example notebook and opens it.',
  autoStart: true,
  requires: [IDocumentManager],
  optional: [ILauncher, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    launcher: ILauncher | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('nbprism');
    const { contents, serverSettings } = app.serviceManager;
    const api = new PrismApi(serverSettings);
    app.commands.addCommand(COMMAND, {
      label: trans.__('nbprism Examples'),
      caption: trans.__('Copy an example notebook here and open it'),
      icon: prismIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            cwd: { type: 'string', description: trans.__('The folder to copy it into') }
          }
        }
      },
      execute: async args => {
        const folder = contents.localPath(typeof args.cwd === 'string' ? args.cwd : '');
        const path = await copied(api, trans, folder);
        if (path !== null) {
          documents.openOrReveal(path);
        }
      }
    });
    launcher?.add({ command: COMMAND, category: trans.__('Other'), rank: 10 });
    palette?.addItem({ command: COMMAND, category: trans.__('Notebook Pipeline') });
  }
};

/** Ask for an example and copy it; return the path of the copy, or null where there is none. */
async function copied(
  api: IResultsApi,
  trans: TranslationBundle,
  folder: string
): Promise<string | null> {
  try {
    const body = new ExamplesBody(trans, await api.examples());
    const { button, value } = await showDialog({
      title: trans.__('nbprism examples'),
      body,
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.okButton({ label: trans.__('Copy and Open') })
      ],
      focusNodeSelector: 'input'
    });
    return button.accept && value ? await api.copyExample(value, folder) : null;
  } catch (error) {
    Notification.error(Problem.of(error).message, { autoClose: 8000 });
    return null;
  }
}

/** The examples with their titles and first words, to choose one. */
class ExamplesBody extends Widget implements Dialog.IBodyWidget {
  constructor(trans: TranslationBundle, all: readonly IExample[]) {
    super();
    this.addClass('nbprism-Examples');
    this.node.setAttribute('role', 'radiogroup');
    this.node.setAttribute('aria-label', trans.__('Examples'));
    all.forEach((example, index) => this.node.append(this._choice(example, index === 0)));
  }

  getValue(): string {
    return this.node.querySelector<HTMLInputElement>('input:checked')?.value ?? '';
  }

  private _choice({ name, title, text }: IExample, isFirst: boolean): HTMLElement {
    const label = document.createElement('label');
    const input = document.createElement('input');
    Object.assign(input, { type: 'radio', name: 'nbprism-example', value: name, checked: isFirst });
    const words = document.createElement('span');
    const head = document.createElement('b');
    head.textContent = title;
    words.append(head, document.createElement('br'), text);
    label.append(input, words);
    return label;
  }
}
