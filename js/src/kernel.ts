/**
 * What nbprism asks the user's own kernel, always because the user clicked on something.
 */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { CodeCell } from '@jupyterlab/cells';
import type { KernelMessage } from '@jupyterlab/services';
import { OutputArea } from '@jupyterlab/outputarea';
import { Problem } from './model/problem';

/** What the kernel needs before it knows the magics; a second time it does nothing. */
const LOAD_EXTENSION = 'get_ipython().extension_manager.load_extension("nbprism")';

/** Perform `%nbprism ...` outside of any cell and return what it prints. Rejects with a `Problem`. */
export async function performMagic(context: ISessionContext, line: string): Promise<string> {
  const call = `get_ipython().run_line_magic("nbprism", ${JSON.stringify(line)})`;
  return askKernel(context, `${LOAD_EXTENSION}\n${call}`);
}

/**
 * Run the source of a cell on the cluster, with the values of its kernel, as if it began with
 * `%%nbprism ...`; what it shows goes where it would go had the cell been run.
 */
export async function executeElsewhere(
  cell: CodeCell,
  context: ISessionContext,
  options: string
): Promise<void> {
  await askKernel(context, LOAD_EXTENSION);
  const { model } = cell;
  const source = model.sharedModel.getSource();
  const isMagic = source.startsWith('%%nbprism');
  // Hidden: lines are numbered as the user sees them.
  const code = isMagic ? source : `%%nbprism --hidden ${options}\n${source}`;
  model.clearExecution();
  cell.outputHidden = false;
  model.executionState = 'running';
  model.trusted = true; // the user runs it, here and now
  try {
    const answer = await OutputArea.execute(code, cell.outputArea, context, {
      ...model.metadata,
      cellId: model.id
    });
    if (answer !== undefined && !cell.isDisposed) {
      model.executionCount = answer.content.execution_count;
    }
  } finally {
    if (!cell.isDisposed) {
      model.executionState = 'idle';
    }
  }
}

/** Run code without a cell and return what it prints. */
async function askKernel(context: ISessionContext, code: string): Promise<string> {
  await context.ready; // one that is about to start is as good as one that is there
  const kernel = context.session?.kernel;
  if (!kernel) {
    throw new Problem('no-kernel', 'The notebook has no kernel. Start one and try again.');
  }
  const future = kernel.requestExecute({
    code,
    store_history: false,
    allow_stdin: false,
    stop_on_error: false
  });
  const said: string[] = [];
  future.onIOPub = message => {
    if (message.header.msg_type === 'stream') {
      said.push((message as KernelMessage.IStreamMsg).content.text);
    }
  };
  const { content } = await future.done.catch(() => {
    throw new Problem('kernel-gone', 'The kernel was restarted or ended meanwhile.');
  });
  if (content.status === 'error') {
    throw problemOf(content);
  }
  if (content.status !== 'ok') {
    throw new Problem('kernel-aborted', 'The kernel did not get to it: it was interrupted.');
  }
  return said.join('').trimEnd();
}

function problemOf({ ename, evalue }: { ename: string; evalue: string }): Problem {
  const isMissing = ename === 'ModuleNotFoundError' && evalue.includes("'nbprism");
  return isMissing
    ? new Problem(
        'kernel-without-nbprism',
        "The notebook's kernel cannot import nbprism. Install it in the environment of that kernel."
      )
    : new Problem('kernel-error', ename === '' ? evalue : `${ename}: ${evalue}`);
}
