import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { IArtifact } from '../model/events';
import { given } from '../model/kernelTypes';
import type { IGlance, IKernelTypes, KernelTrouble } from '../model/kernelTypes';
import type { IPipeline } from '../model/pipeline';
import { bytes } from '../model/words';
import type { IPanelActions } from './actions';

export interface ILookProps {
  readonly trans: TranslationBundle;
  readonly types: IKernelTypes;
  readonly actions: IPanelActions;
}

/** The way to ask the kernel for its types, and what became of it. */
export function LookAtKernel({ trans, types, actions }: ILookProps): JSX.Element {
  const { found, isLooking, isOld, trouble } = types;
  return (
    <>
      <button
        type="button"
        className="nbprism-link nbprism-Steps-link"
        title={trans.__(
          'What the variables that cross between steps are in the kernel of this notebook'
        )}
        onClick={() => actions.lookAtKernel()}
      >
        {found === null ? trans.__('Types from my kernel') : trans.__('Look at my kernel again')}
      </button>
      <div role="status" className="nbprism-faint">
        {isLooking ? trans.__('The kernel is asked; it answers when it is idle.') : null}
        {isOld && !isLooking ? trans.__('The kernel has run something since.') : null}
        {trouble === null ? null : troubleWords(trans, trouble)}
      </div>
    </>
  );
}

export interface IStepTypesProps {
  readonly trans: TranslationBundle;
  readonly pipeline: IPipeline;
  readonly step: string;
  readonly types: IKernelTypes;
  /** What the step gave in the last run. */
  readonly artifacts: readonly IArtifact[];
}

/** What a step gives to others: by the code, in the kernel, and in the last run. */
export function StepTypes(props: IStepTypesProps): JSX.Element | null {
  const { trans, pipeline, step, types, artifacts } = props;
  const names = given(pipeline, step);
  const { found } = types;
  if (found === null || names.size === 0) {
    return null;
  }
  return (
    <ul className="nbprism-Types" aria-label={trans.__('What %1 gives', step)}>
      {[...names].map(([name, takers]) => (
        <li key={name} data-trouble={found.get(name)?.trouble ? 'yes' : undefined}>
          <code>{name}</code> <span className="nbprism-faint">→ {takers.join(', ')}</span>
          <div>{typeWords(trans, found.get(name))}</div>
          <LastRun
            trans={trans}
            glance={found.get(name)}
            artifact={artifacts.find(artifact => artifact.name === name)}
          />
        </li>
      ))}
    </ul>
  );
}

/** What the last run had for it, where that is something else. */
function LastRun(props: {
  readonly trans: TranslationBundle;
  readonly glance: IGlance | undefined;
  readonly artifact: IArtifact | undefined;
}): JSX.Element | null {
  const { trans, glance, artifact } = props;
  const isSame = artifact?.type === glance?.type && artifact?.preview === glance?.preview;
  if (artifact?.type === undefined || isSame) {
    return null;
  }
  const size = typeof artifact.bytes === 'number' ? bytes(artifact.bytes) : '';
  return (
    <div className="nbprism-faint">
      {trans.__('last run: %1', words(artifact.type, artifact.preview ?? '', size))}
    </div>
  );
}

/** Return what a variable is in the kernel, for people. */
export function typeWords(trans: TranslationBundle, glance: IGlance | undefined): string {
  if (glance === undefined) {
    return trans.__('not in the kernel: run the cells that make it');
  }
  if (glance.trouble !== null) {
    return glance.trouble;
  }
  const size = bytes(glance.bytes);
  return words(glance.type, glance.preview, glance.whole ? size : trans.__('more than %1', size));
}

function words(type: string, preview: string, size: string): string {
  return [type, preview, size].filter(part => part !== '').join(' · ');
}

function troubleWords(trans: TranslationBundle, trouble: KernelTrouble): string {
  switch (trouble) {
    case 'no-kernel':
      return trans.__('This notebook has no kernel. Choose one at the top right of the notebook.');
    case 'not-python':
      return trans.__('The kernel of this notebook is not Python.');
    case 'no-nbprism':
      return trans.__(
        'The kernel’s Python has no nbprism, or another version of it: run “%pip install nbprism” in the notebook, then restart the kernel.'
      );
    case 'no-answer':
      return trans.__('The kernel did not answer: it was restarted or shut down. Ask again.');
  }
}
