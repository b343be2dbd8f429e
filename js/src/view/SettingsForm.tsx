import type { TranslationBundle } from '@jupyterlab/translation';
import { FormComponent } from '@jupyterlab/ui-components';
import type { JSONObject, ReadonlyJSONObject } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';
import type {
  ErrorSchema,
  RegistryFieldsType,
  RegistryWidgetsType,
  RJSFSchema,
  UiSchema,
  ValidatorType
} from '@rjsf/utils';
import type { JSX } from 'react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { IDiagnostic } from '../model/pipeline';
import { LOCAL } from '../model/clusters';
import { fromForm, schemaFor, toForm } from '../model/settingsForm';
import type { IFormSchema } from '../model/settingsForm';
import { capacityWords } from '../words';
import type { IClusterView } from './ClusterPicker';
import { Prose } from './Prose';
import { SettingsField } from './SettingsField';
import { SettingsGroup } from './SettingsGroup';
import { SettingsList } from './SettingsList';
import { SettingsMap } from './SettingsMap';
import { SettingsReuse } from './SettingsReuse';

/** How long nothing is typed before the notebook gets it, and with it the compiler. */
const TYPING_MS = 350;

export interface ISettingsFormProps {
  readonly trans: TranslationBundle;
  readonly step: string;
  readonly schema: IFormSchema;
  /** Where the next run goes. */
  readonly cluster: IClusterView;
  /** Why the step as it is can never be placed there. */
  readonly misfits: readonly string[];
  /** The step's settings as the notebook has them. */
  readonly settings: JSONObject;
  /** The names of the other steps. */
  readonly others: readonly string[];
  /** What the compiler found in the notebook. */
  readonly diagnostics: readonly IDiagnostic[];
  onChange(settings: JSONObject): void;
  onClose(): void;
}

/** The settings of a step; what the compiler says of a value stands below it. */
export function SettingsForm(props: ISettingsFormProps): JSX.Element {
  const { trans, step, diagnostics, onClose } = props;
  const { schema: all, others } = props;
  const schema = useMemo(() => schemaFor(all, others), [all, others]);
  const ui = useMemo(() => uiOf(trans), [trans]);
  const [form, setForm] = useDraft(props, schema);
  const group = useRef<HTMLDivElement>(null);
  useEffect(() => {
    group.current?.querySelector('input')?.focus();
    group.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div
      ref={group}
      className="nbprism-Settings"
      role="group"
      aria-label={trans.__('Settings of step %1', step)}
      onKeyDown={event => event.key === 'Escape' && onClose()}
    >
      <FormComponent
        schema={schema as RJSFSchema}
        uiSchema={ui}
        fields={FIELDS}
        widgets={WIDGETS}
        formContext={{ trans, beside: <Offered {...props} /> }}
        idPrefix={`nbprism-${step}`}
        validator={COMPILER_DECIDES}
        liveValidate
        showErrorList={false}
        extraErrors={errorsOf(step, diagnostics)}
        templates={TEMPLATES}
        formData={form}
        onChange={event => setForm(event.formData as JSONObject)}
      />
      <button type="button" className="nbprism-link" onClick={onClose}>
        {trans.__('Close')}
      </button>
    </div>
  );
}

/** What there is to reserve, and why what is asked for never comes. */
function Offered({ trans, cluster, misfits }: ISettingsFormProps): JSX.Element {
  return (
    <div className="nbprism-Settings-offered">
      <p className="nbprism-faint">{offer(trans, cluster)}</p>
      <div className="nbprism-Misfits" role="alert">
        {misfits.map(message => (
          <p key={message}>
            <Prose text={message} />
          </p>
        ))}
      </div>
    </div>
  );
}

/** What is typed, until it is in the notebook; and what comes into the notebook from elsewhere. */
function useDraft(
  { settings, onChange }: ISettingsFormProps,
  schema: IFormSchema
): [JSONObject, (form: JSONObject) => void] {
  const [form, setForm] = useState(() => toForm(schema, settings));
  const known = useRef(settings);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const send = useRef<() => void>(nothing);
  useEffect(() => {
    if (!JSONExt.deepEqual(known.current, settings)) {
      known.current = settings;
      setForm(toForm(schema, settings)); // an undo, another tab
    }
  }, [settings, schema]);
  useEffect(() => () => send.current(), []); // what was typed last is not lost
  return [
    form,
    next => {
      setForm(next);
      clearTimeout(timer.current);
      send.current = () => {
        clearTimeout(timer.current);
        send.current = nothing;
        const wanted = fromForm(schema, next, known.current);
        if (!JSONExt.deepEqual(wanted, known.current)) {
          known.current = wanted;
          onChange(wanted);
        }
      };
      timer.current = setTimeout(() => send.current(), TYPING_MS);
    }
  ];
}

function nothing(): void {
  // Nothing has been typed since the notebook got it.
}

const TEMPLATES = { FieldTemplate: SettingsField, ObjectFieldTemplate: SettingsGroup };
const FIELDS = { map: SettingsMap, list: SettingsList } as unknown as RegistryFieldsType;
const WIDGETS = { reuse: SettingsReuse } as unknown as RegistryWidgetsType;

/** How a setting is asked for where its type alone does not say it. */
function uiOf(trans: TranslationBundle): UiSchema<ReadonlyJSONObject> {
  const map = (add: string): UiSchema => ({ 'ui:field': 'map', 'ui:options': { add } });
  const list = { 'ui:field': 'list', 'ui:placeholder': 'torch==2.8, pandas' };
  return {
    after: { 'ui:widget': 'checkboxes' },
    cache: { 'ui:widget': 'reuse' },
    allow_failure: { 'ui:options': { label: false } },
    env: {
      env_vars: map(trans.__('Add a variable')),
      pip: list,
      uv: list
    },
    resources: map(trans.__('Add a resource'))
  };
}

/** One judge is enough: what is wrong comes as `extraErrors`, in the compiler's words. */
const COMPILER_DECIDES: ValidatorType = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the interface still asks for it
  toErrorList: () => [],
  isValid: () => true,
  rawValidation: () => ({}),
  reset: () => undefined
};

function errorsOf(step: string, diagnostics: readonly IDiagnostic[]): ErrorSchema {
  const errors: Record<string, { __errors: string[] }> = {};
  for (const { step: of, setting, message } of diagnostics) {
    if (of === step && setting !== null) {
      (errors[setting] ??= { __errors: [] }).__errors.push(message.replaceAll('`', ''));
    }
  }
  return errors as ErrorSchema;
}

/** What can really be had, so that nobody asks for what never comes. */
function offer(trans: TranslationBundle, { name, answer }: IClusterView): string {
  if (answer?.state !== 'given') {
    return answer?.state === 'refused' ? answer.problem.message : '';
  }
  const { cluster, capacity, free, nodes } = answer.offer;
  const has = capacityWords(trans, capacity, trans.__('no GPU'));
  const offers =
    name === LOCAL
      ? trans.__('This machine offers %1 of memory.', has)
      : nodes === 1
        ? trans.__('%1 offers %2 of memory.', cluster, has)
        : trans.__('A step on %1 can have the largest of its %2 nodes: %3.', cluster, nodes, has);
  return free === null
    ? offers
    : `${offers} ${trans.__('Free just now: %1.', capacityWords(trans, free))}`;
}
