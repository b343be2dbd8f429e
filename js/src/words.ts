/**
 * The words of the states, for people.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { RunStateName, StepStateName } from './model/run';

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
