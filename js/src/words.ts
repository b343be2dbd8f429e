/**
 * The words of the states, for people.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ICapacity, IFree } from './model/offer';
import type { IStepSettings } from './model/pipeline';
import type { RunStateName, StepStateName } from './model/runState';
import { bytes } from './model/words';

/** Return what there is, as in `16 CPUs, 2 GPUs (A100), 64 GB`; `noGpu` where there is none. */
export function capacityWords(
  trans: TranslationBundle,
  { cpus, gpus, memory, accelerators }: IFree & Partial<ICapacity>,
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

/** Return what of a cluster is free, as in `3 of 16 CPUs, 0 of 2 GPUs free`. */
export function freeWords(trans: TranslationBundle, free: IFree, total: IFree): string {
  const gpus = trans._n('%2 of %1 GPU', '%2 of %1 GPUs', total.gpus, free.gpus);
  const cpus = trans._n('%2 of %1 CPU', '%2 of %1 CPUs', total.cpus, free.cpus);
  return trans.__('%1 free', total.gpus === 0 ? cpus : `${cpus}, ${gpus}`);
}

/** Return what a step that reserves this reserves first of all, as in `2 CPUs`. */
export function reservationWords(
  trans: TranslationBundle,
  { cpus = 1, gpus = 0 }: Pick<IStepSettings, 'cpus' | 'gpus'>
): string {
  return gpus > 0 ? trans._n('%1 GPU', '%1 GPUs', gpus) : trans._n('%1 CPU', '%1 CPUs', cpus);
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
