import type { IOutput } from '@jupyterlab/nbformat';
import { useLayoutEffect, useRef } from 'react';
import type { JSX } from 'react';
import type { IMounted, Mount } from './actions';

/** The outputs of a cell, drawn by JupyterLab. */
export function Outputs(props: {
  readonly outputs: readonly IOutput[];
  readonly mount: Mount;
}): JSX.Element {
  const { outputs, mount } = props;
  const place = useRef<HTMLDivElement>(null);
  const mounted = useRef<IMounted | null>(null);
  // Not `useEffect`: that would take the widget away after its node has left the page.
  useLayoutEffect(() => {
    mounted.current = place.current === null ? null : mount(place.current);
    return () => mounted.current?.dispose();
  }, [mount]);
  useLayoutEffect(() => mounted.current?.show(outputs), [mount, outputs]);
  return <div ref={place} className="nbprism-Outputs" />;
}
