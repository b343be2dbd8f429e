import { useId, useRef } from 'react';
import type { JSX, KeyboardEvent, ReactNode } from 'react';

export interface ITabsProps<Name extends string> {
  readonly label: string;
  /** The tabs, with what they say. */
  readonly names: Readonly<Record<Name, string>>;
  readonly shown: Name;
  /** What the tab that is shown has. */
  readonly children: ReactNode;
  onShow(name: Name): void;
}

/** Tabs over one panel: one stop of the Tab key, arrows go from one to the next. */
export function Tabs<Name extends string>(props: ITabsProps<Name>): JSX.Element {
  const { label, names, shown, children, onShow } = props;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const all = Object.keys(names) as Name[];
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step !== undefined) {
      const at = (all.indexOf(shown) + step + all.length) % all.length;
      list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[at]?.focus();
      onShow(all[at] ?? shown);
      event.preventDefault();
    }
  };
  return (
    <>
      <div
        ref={list}
        className="nbprism-Tabs"
        role="tablist"
        aria-label={label}
        onKeyDown={onKeyDown}
      >
        {all.map(name => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-selected={shown === name}
            aria-controls={`${id}-panel`}
            tabIndex={shown === name ? 0 : -1}
            onClick={() => onShow(name)}
          >
            {names[name]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown}`}>
        {children}
      </div>
    </>
  );
}
