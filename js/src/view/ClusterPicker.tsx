import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import type { Answer } from '../model/clusters';
import { capacityWords, freeWords } from '../words';
import type { IPanelActions } from './actions';

/** What the picker shows. */
export interface IClusterView {
  /** The chosen one; null until the server has said what there is. */
  readonly name: string | null;
  readonly names: readonly string[];
  readonly answer: Answer | null;
}

export interface IClusterPickerProps {
  readonly trans: TranslationBundle;
  /** Whether a run takes what was free when the cluster was asked. */
  readonly isRunning: boolean;
  readonly cluster: IClusterView;
  readonly actions: IPanelActions;
}

/** Where the next run goes, and what there is. */
export function ClusterPicker({
  trans,
  isRunning,
  cluster,
  actions
}: IClusterPickerProps): JSX.Element {
  const { name, names, answer } = cluster;
  const shown = name === null || names.includes(name) ? names : [name, ...names];
  return (
    <div className="nbprism-Cluster">
      <label>
        <span>{trans.__('on')}</span>
        <select
          aria-label={trans.__('Cluster of the next run')}
          value={name ?? ''}
          disabled={name === null}
          onFocus={() => actions.lookForClusters()}
          onChange={event => actions.chooseCluster(event.target.value)}
        >
          {shown.map(item => (
            <option key={item}>{item}</option>
          ))}
        </select>
      </label>
      <span
        className="nbprism-Cluster-offer nbprism-faint"
        title={answer?.state === 'given' ? capacityWords(trans, answer.offer.total) : ''}
      >
        {words(trans, answer, isRunning)}
      </span>
      <button
        type="button"
        className="nbprism-link"
        aria-label={trans.__('Add a cluster')}
        title={trans.__('Add a cluster')}
        onClick={() => actions.addCluster()}
      >
        {trans.__('Add…')}
      </button>
      {answer?.state === 'refused' ? (
        <div className="nbprism-Cluster-problem" role="alert">
          <p>{answer.problem.message}</p>
          <button type="button" className="nbprism-link" onClick={() => actions.askCluster()}>
            {trans.__('Ask again')}
          </button>
        </div>
      ) : null}
    </div>
  );
}

function words(trans: TranslationBundle, answer: Answer | null, isRunning: boolean): string {
  switch (answer?.state) {
    case 'given': {
      const { nodes, total, free } = answer.offer;
      // There is little room: which GPUs they are, and how much memory, says the tooltip.
      const { cpus, gpus, memory } = total;
      const has =
        free === null || isRunning
          ? capacityWords(trans, { cpus, gpus, memory })
          : freeWords(trans, free, total);
      return nodes === 1 ? has : trans.__('%1 nodes: %2', nodes, has);
    }
    case 'asking':
      return trans.__('asking what it has…');
    case 'refused':
      return trans.__('cannot be used');
    default:
      return '';
  }
}
