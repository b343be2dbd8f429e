import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';
import { written } from '../model/parameters';
import type { IParameter } from '../model/pipeline';
import type { IPanelActions } from './actions';

export interface IParametersProps {
  readonly trans: TranslationBundle;
  readonly parameters: readonly IParameter[];
  /** What the user typed in place of a default, by name. */
  readonly texts: ReadonlyMap<string, string>;
  readonly wrong: readonly string[];
  readonly actions: IPanelActions;
}

/** The values for the next run; the notebook itself keeps its defaults. */
export function Parameters(all: IParametersProps): JSX.Element {
  const { parameters, ...props } = all;
  return (
    <div className="nbprism-Parameters">
      {parameters.map(parameter => (
        <ParameterRow key={parameter.name} parameter={parameter} {...props} />
      ))}
      <p className="nbprism-faint">
        {props.trans.__('Several values with commas are a run each.')}
      </p>
    </div>
  );
}

type IParameterRowProps = Omit<IParametersProps, 'parameters'> & {
  readonly parameter: IParameter;
};

function ParameterRow({
  trans,
  parameter,
  texts,
  wrong,
  actions
}: IParameterRowProps): JSX.Element {
  const { name, type } = parameter;
  const standard = written(parameter.default);
  const text = texts.get(name);
  const isWrong = wrong.includes(name);
  return (
    <label className="nbprism-Parameter" data-changed={text !== undefined}>
      <span className="nbprism-Parameter-name" title={name}>
        {name}
      </span>
      <input
        className="jp-mod-styled"
        value={text ?? standard}
        aria-invalid={isWrong}
        title={
          isWrong
            ? trans.__('Not a value of type %1, nor several with commas', type)
            : trans.__('%1; several with commas are a run each', type)
        }
        spellCheck={false}
        onChange={({ target }) =>
          actions.setParameter(name, target.value === standard ? null : target.value)
        }
      />
      <button
        type="button"
        className="nbprism-link"
        hidden={text === undefined}
        title={trans.__('Back to %1', standard)}
        aria-label={trans.__('Reset %1 to %2', name, standard)}
        onClick={() => actions.setParameter(name, null)}
      >
        ↺
      </button>
    </label>
  );
}
