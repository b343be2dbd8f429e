/**
 * Proposes steps for a notebook, shows the proposal, and takes it over if the user wants it.
 */
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Problem } from './model/problem';
import { editOfProposal, groupsOf } from './model/proposal';
import type { IProposal } from './model/proposal';
import type { NotebookSession } from './model/session';
import { Proposal } from './view/Proposal';

/** Propose steps; nothing changes before the user has seen them. */
export async function suggestSteps(
  trans: TranslationBundle,
  session: NotebookSession
): Promise<void> {
  let proposal: IProposal;
  try {
    proposal = await session.propose();
  } catch (error) {
    Notification.error(Problem.of(error).message);
    return;
  }
  const { cells } = session.steps();
  const groups = groupsOf(proposal, cells, index =>
    session.model.cells.get(index).sharedModel.getSource()
  );
  if (groups.length === 0) {
    Notification.info(trans.__('There is nothing to suggest: the notebook has steps already.'));
    return;
  }
  const { button } = await showDialog({
    title: trans.__('Suggested steps'),
    body: ReactWidget.create(<Proposal trans={trans} groups={groups} />),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Tag the Cells') })]
  });
  if (button.accept && !session.isDisposed) {
    session.edit(editOfProposal(proposal, session.steps()));
  }
}
