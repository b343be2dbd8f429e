/**
 * The dialog that adds a cluster to the user's list.
 */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { Clusters } from './model/clusters';
import { Problem } from './model/problem';

/** What a user types. */
interface ITyped {
  readonly name: string;
  readonly url: string;
}

/** Ask for a cluster until it could be added; return its name, or null if there is none. */
export async function addCluster(
  trans: TranslationBundle,
  clusters: Clusters
): Promise<string | null> {
  await clusters.load();
  let typed: ITyped = { name: '', url: '' };
  let problem = clusters.problem?.message ?? '';
  for (;;) {
    const answer = await showDialog({
      title: trans.__('Add a Cluster'),
      body: new ClusterBody(trans, clusters.list?.file ?? '', typed, problem),
      buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Add') })],
      focusNodeSelector: 'input'
    });
    if (!answer.button.accept || answer.value === null) {
      return null;
    }
    typed = answer.value;
    try {
      await clusters.add(typed.name, typed.url);
      return typed.name;
    } catch (error) {
      problem = Problem.of(error).message;
    }
  }
}

class ClusterBody extends Widget implements Dialog.IBodyWidget<ITyped> {
  constructor(trans: TranslationBundle, file: string, typed: ITyped, problem: string) {
    super();
    this.addClass('nbprism-ClusterDialog');
    this._name = input(typed.name, 'farm');
    this._url = input(typed.url, 'http://head:8265');
    const failed = paragraph(problem, 'nbprism-ClusterDialog-problem');
    failed.setAttribute('role', 'alert');
    this.node.append(
      paragraph(trans.__('A Ray cluster whose dashboard can be reached over HTTP.')),
      labelled(trans.__('Name'), this._name),
      labelled(trans.__('Address of its head'), this._url),
      failed,
      paragraph(trans.__('It is written into this list:')),
      code(file),
      example(trans)
    );
  }

  getValue(): ITyped {
    return { name: this._name.value.trim(), url: this._url.value.trim() };
  }

  private readonly _name: HTMLInputElement;
  private readonly _url: HTMLInputElement;
}

/** What else may be said of a cluster, in its list; docs/clusters.md has the whole of it. */
const EXAMPLE = `[farm]
url = "https://head:8265"
headers = { Cookie = "env:FARM_COOKIE" }
ca = "/etc/ssl/farm.pem"
store = "s3://bucket/nbprism"
install = ["papermill", "ipykernel"]`;

function example(trans: TranslationBundle): HTMLDetailsElement {
  const made = document.createElement('details');
  const summary = document.createElement('summary');
  summary.textContent = trans.__('Headers, a certificate, a store, packages…');
  const token = paragraph(
    trans.__(
      'These go into the list, by an editor. A token of Ray does not: it is found where Ray looks for it, in RAY_AUTH_TOKEN or ~/.ray/auth_token. nbprism doctor --cluster NAME says what is missing.'
    )
  );
  made.append(summary, code(EXAMPLE), token);
  return made;
}

function code(text: string): HTMLElement {
  const made = document.createElement('code');
  made.className = 'nbprism-code';
  made.textContent = text;
  return made;
}

function input(value: string, placeholder: string): HTMLInputElement {
  const made = document.createElement('input');
  made.className = 'jp-mod-styled';
  made.value = value;
  made.placeholder = placeholder;
  made.spellcheck = false;
  made.autocomplete = 'off';
  return made;
}

function labelled(text: string, field: HTMLInputElement): HTMLLabelElement {
  const label = document.createElement('label');
  label.append(text, field);
  return label;
}

function paragraph(text: string, className = ''): HTMLParagraphElement {
  const made = document.createElement('p');
  made.textContent = text;
  made.className = className;
  return made;
}
