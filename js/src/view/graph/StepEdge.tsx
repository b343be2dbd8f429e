import { BaseEdge, EdgeLabelRenderer } from '@xyflow/react';
import type { Edge, EdgeProps } from '@xyflow/react';
import type { JSX } from 'react';
import { pathOf } from '../../model/layout';
import type { Direction, IPoint } from '../../model/layout';
import { middle } from '../../model/svg';

export interface IStepEdgeData extends Record<string, unknown> {
  readonly points: readonly IPoint[];
  readonly direction: Direction;
  readonly label: string;
  /** The whole reason, shown on hovering. */
  readonly title: string;
  /** Whether only the order counts, and nothing crosses. */
  readonly isOrder: boolean;
}

/** An edge along the points of the layout, which keep it away from the boxes. */
export function StepEdge({ data, markerEnd }: EdgeProps<Edge<IStepEdgeData>>): JSX.Element | null {
  if (data === undefined) {
    return null;
  }
  const { points, direction, label, title, isOrder } = data;
  const { x, y } = middle(points);
  return (
    <>
      <BaseEdge
        path={pathOf(points, direction)}
        {...(markerEnd === undefined ? {} : { markerEnd })}
        {...(isOrder ? { style: { strokeDasharray: '4 3' } } : {})}
      />
      {label === '' ? null : (
        <EdgeLabelRenderer>
          <div
            className="nbprism-Edge-label"
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
            title={title}
          >
            {label}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
