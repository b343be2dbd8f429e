/**
 * The words of the states, for people.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ICapacity } from './model/clusters';
import type { RunStateName, StepStateName } from './model/run';
import { bytes } from './model/words';

/** Return what there is, as in `16 CPUs, 2 GPUs (A100), 64 GB`; `noGpu` where there is none. */
export function capacityWords(
  trans: TranslationBundle,
  { cpus, gpus, memory, accelerators }: Omit<ICapacity, 'accelerators'> & Partial<ICapacity>,
  noGpu = ''
): string {
  const kinds = accelerators === undefined || gpus === 0 ? '' : ` (${accelerators.join(', ')})`;
  const parts = [
    trans._n('%1 CPU', '%1 CPUs', cpus),
    gpus === 0 ? noGpu : trans._n('%1 GPU', '%1 GPUs', gpus) + kinds,
    memory > 0 ? bytes(memory) : ''
  ];
  return parts.filter(part => part !== '').join(', ');
}

/** Return the word for a state of a step or of a run. */
export function stateWord(trans: TranslationBundle, state: StepStateName | RunStateName): string {
  switch (state) {
    case 'accepted':
      return trans.__('accepted');
    case 'waiting':
      return trans.__('waiting');
    case 'queued':
      return trans.__('queued');
    case 'running':
      return trans.__('running');
    case 'succeeded':
      return trans.__('succeeded');
    case 'reused':
      return trans.__('reused');
    case 'skipped':
      return trans.__('skipped');
    case 'failed':
      return trans.__('failed');
    case 'crashed':
      return trans.__('crashed');
    case 'cancelling':
      return trans.__('cancelling');
    case 'cancelled':
      return trans.__('cancelled');
    case 'lost':
      return trans.__('lost');
  }
}
