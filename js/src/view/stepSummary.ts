/**
 * A step in a few words.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IPipeline, IStep, IStepSettings } from '../model/pipeline';
import type { IRunState } from '../model/runState';
import { bytes } from '../model/words';
import { reservationWords } from '../words';

/** Return what a step takes, gives and asks for, each in a few words. */
export function summary(trans: TranslationBundle, step: IStep): readonly string[] {
  const inputs = step.inputs.map(input => input.name);
  const after = step.settings.after ?? [];
  return [
    inputs.length > 0 ? trans.__('needs %1', few(inputs)) : '',
    step.outputs.length > 0 ? trans.__('gives %1', few(step.outputs)) : '',
    after.length > 0 ? trans.__('after %1', few(after)) : '',
    resources(trans, step.settings)
  ].filter(part => part !== '');
}

function few(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown}, +${names.length - 4}` : shown;
}

function resources(trans: TranslationBundle, settings: IStepSettings): string {
  const { cpus = 1, gpus = 0, memory = null, accelerator_type: type = null } = settings;
  const parts = [
    cpus === 1 ? '' : trans._n('%1 CPU', '%1 CPUs', cpus),
    gpus === 0 ? '' : trans._n('%2 GPU', '%2 GPUs', gpus, type === null ? gpus : `${gpus} ${type}`),
    memory === null ? '' : bytes(memory)
  ];
  return parts.filter(part => part !== '').join(', ');
}

/** Return what a step of a run waits for: steps before it, or what it reserves; or nothing. */
export function waitsFor(
  trans: TranslationBundle,
  { name, settings }: IStep,
  { edges }: IPipeline,
  { steps, phase }: IRunState
): string {
  switch (steps.get(name)?.state) {
    case 'waiting': {
      const before = edges.filter(edge => edge.to === name).map(edge => edge.from);
      const open = [...new Set(before)].filter(step => OPEN.has(steps.get(step)?.state ?? ''));
      return open.length === 0 ? '' : trans.__('waits for %1', few(open));
    }
    case 'queued': {
      if (phase === 'cluster-starting') {
        return trans.__('waits for Ray to start');
      }
      return trans.__('waits for %1', reservationWords(trans, settings));
    }
    default:
      return '';
  }
}

const OPEN: ReadonlySet<string> = new Set(['waiting', 'queued', 'running']);
