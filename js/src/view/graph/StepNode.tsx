import type { TranslationBundle } from '@jupyterlab/translation';
import { Handle, Position } from '@xyflow/react';
import type { NodeProps, Node } from '@xyflow/react';
import type { JSX } from 'react';
import { elapsed } from '../../model/run';
import type { IStepRun } from '../../model/runState';
import { progressOf } from '../../model/units';
import { ItemsLine } from '../run/Items';
import { State } from '../State';

export interface IStepNodeData extends Record<string, unknown> {
  readonly trans: TranslationBundle;
  readonly name: string;
  readonly hue: number;
  readonly outputs: readonly string[];
  readonly step: IStepRun | null;
  readonly now: number;
}

/** A step in the graph: its name, and how it goes or what it gives. */
export function StepNode({ data }: NodeProps<Node<IStepNodeData>>): JSX.Element {
  const { trans, name, hue, outputs, step, now } = data;
  return (
    <div
      className="nbprism-Node"
      data-state={step?.state ?? ''}
      style={{ '--nbprism-hue': hue } as React.CSSProperties}
      title={name}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <div className="nbprism-Node-name">{name}</div>
      <div className="nbprism-Node-line">
        {step === null ? (
          outputs.join(', ')
        ) : (
          <>
            <State trans={trans} state={step.state} durationS={elapsed(step, now)} />
            {step.items === null ? '' : ` · ${progressOf(step)}`}
          </>
        )}
      </div>
      {step === null ? null : <ItemsLine trans={trans} step={step} />}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}
