// @vitest-environment jsdom
import { nullTranslator } from '@jupyterlab/translation';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/model/clusters';
import type { IFree } from '../../src/model/offer';
import type { IGlance, IKernelTypes } from '../../src/model/kernelTypes';
import type { IPipeline, IStep } from '../../src/model/pipeline';
import { Problem } from '../../src/model/problem';
import { fold, newRun } from '../../src/model/run';
import type { IPanelActions } from '../../src/view/actions';
import type { IClusterView } from '../../src/view/ClusterPicker';
import { PanelView } from '../../src/view/PanelView';
import type { INotebookView } from '../../src/view/PanelView';
import type { IEditedStep } from '../../src/view/Steps';
import { accepted, failed, log, runSucceeded, started, succeeded } from '../model/log';
import type { EventBody } from '../model/log';

const trans = nullTranslator.load('nbprism');

const actions: IPanelActions = {
  run: () => undefined,
  cancel: () => undefined,
  place: () => undefined,
  unplace: () => undefined,
  reveal: () => undefined,
  suggest: () => undefined,
  editSettings: () => undefined,
  setSettings: () => undefined,
  fix: () => undefined,
  openStepMenu: () => undefined,
  renameStep: () => undefined,
  giveCell: () => undefined,
  moveStep: () => undefined,
  chooseCluster: () => undefined,
  lookForClusters: () => undefined,
  askCluster: () => undefined,
  addCluster: () => undefined,
  openExecuted: () => undefined,
  openGraph: () => undefined,
  openRun: () => undefined,
  lookAtKernel: () => undefined,
  openHistory: () => undefined,
  setParameter: () => undefined,
  showOutputs: () => undefined,
  retry: () => undefined,
  dismiss: () => undefined
};

const LOAD: IStep = {
  name: 'load',
  cells: ['c1'],
  inputs: [],
  outputs: ['X', 'y'],
  parameters: [],
  settings: { cpus: 2, gpus: 0.5, memory: 2e9, accelerator_type: 'A100', after: ['prepare'] },
  fingerprint: 'f'
};

const PIPELINE: IPipeline = {
  schema: 1,
  pipeline: 'demo',
  parameters: [{ name: 'lr', type: 'float', default: 0.1 }],
  steps: [LOAD],
  edges: [],
  diagnostics: [],
  cells: [
    { id: 'c0', index: 0, role: 'setup', step: null },
    { id: 'c1', index: 1, role: 'step', step: 'load' }
  ]
};

const CROSSING: IPipeline = {
  ...PIPELINE,
  steps: [LOAD, { ...LOAD, name: 'fit' }, { ...LOAD, name: 'plot' }],
  edges: [
    { from: 'load', to: 'fit', names: ['X', 'y', 'z'], reason: '' },
    { from: 'load', to: 'plot', names: ['X'], reason: '' }
  ]
};

const NO_TYPES: IKernelTypes = { found: null, isOld: false, isLooking: false, trouble: null };

const GAVE = { name: 'z', type: 'float', preview: '0.5', bytes: 26 };

function seen(name: string, trouble: string | null = null): IGlance {
  return { name, type: 'list', preview: '2 items', bytes: 20, whole: true, trouble };
}

function view(more: Partial<INotebookView> = {}): string {
  const notebook: INotebookView = {
    name: 'demo.ipynb',
    pipeline: PIPELINE,
    isTagged: true,
    isBehind: false,
    steps: ['load'],
    hues: new Map([['load', 30]]),
    tagged: new Set(['c1']),
    selection: { numbers: [2], placement: null, isTagged: false, implied: null },
    editing: null,
    cluster: { name: 'local', names: ['local'], answer: null },
    forecast: null,
    types: NO_TYPES,
    run: null,
    now: 0,
    feed: null,
    busy: null,
    problem: null,
    canDismiss: false,
    texts: new Map(),
    wrong: [],
    points: 1,
    offered: 0,
    ...more
  };
  return render(notebook);
}

function render(notebook: INotebookView | null, isExecuted = false): string {
  return renderToStaticMarkup(
    <PanelView trans={trans} notebook={notebook} isExecuted={isExecuted} actions={actions} />
  );
}

function given(nodes: number, free: IFree | null = null): Answer {
  const total = { cpus: 20, gpus: 2, memory: 72e9, accelerators: ['A100'] };
  return { state: 'given', offer: { cluster: 'farm', capacity: total, total, free, nodes } };
}

const BUSY: IClusterView = {
  name: 'farm',
  names: ['local', 'farm'],
  answer: given(3, { cpus: 5, gpus: 0, memory: 60e9 })
};

const EDITED: IEditedStep = {
  step: 'load',
  settings: {},
  schema: {
    type: 'object',
    properties: { cpus: { type: 'number' }, accelerator_type: { type: 'string' } }
  },
  cluster: BUSY,
  misfits: ['Set `gpus` to 0.'],
  problem: null
};

function run(...bodies: EventBody[]): Partial<INotebookView> {
  return { run: log([accepted('load'), ...bodies]).reduce(fold, newRun('r1')), feed: 'live' };
}

function failedAs(code: string, hint: string): EventBody {
  return { kind: 'run-failed', duration_s: 1, error: { code, hint } };
}

describe('the panel', () => {
  it.each<[string, string, string[]]>([
    ['what to do without a notebook', render(null), ['No notebook is open', 'Open a notebook']],
    ['what an executed notebook is for', render(null, true), ['as a run executed it']],
    [
      'what to do in a notebook without steps',
      view({ isTagged: false, steps: [] }),
      ['has no steps yet', 'Select cells and tag them']
    ],
    [
      'what to do without its server side',
      view({ pipeline: null, problem: new Problem('server-missing', 'Not enabled.', 404) }),
      ['Not enabled.', 'jupyter server extension enable nbprism', 'Try again']
    ],
    [
      'what a step takes, gives and asks for',
      view(),
      ['gives X, y', 'after prepare', '2 CPUs, 0.5 A100 GPUs, 2.0 GB']
    ],
    [
      'what crosses, as it is in the kernel and was in the last run',
      view({
        pipeline: CROSSING,
        types: {
          ...NO_TYPES,
          found: new Map([
            ['X', seen('X')],
            ['y', seen('y', 'y is a generator.')]
          ])
        },
        ...run(started('load'), { ...succeeded('load'), outputs: [GAVE] } as EventBody)
      }),
      [
        'What load gives',
        '→ fit, plot',
        'list · 2 items · 20 B',
        'data-trouble="yes"',
        'y is a generator.',
        'z</code>',
        'not in the kernel',
        'last run: float · 0.5 · 26 B'
      ]
    ],
    [
      'why the kernel could not be asked',
      view({ pipeline: CROSSING, types: { ...NO_TYPES, trouble: 'no-nbprism' } }),
      ['Types from my kernel', '%pip install nbprism']
    ],
    ['what cells without a tag count as', view(), ['<dt>setup</dt>', 'not tagged']],
    [
      'that a run goes on',
      view(run(started('load'))),
      ['Cancel', '0 of 1 steps done · load', '<progress']
    ],
    [
      'that the connection is lost',
      view({ ...run(started('load')), feed: 'waiting' }),
      ['The run goes on']
    ],
    [
      'how a run ended',
      view(run(started('load'), succeeded('load', { acc: 0.123456 }), runSucceeded())),
      ['Last run', 'acc', '0.9', 'Open the executed notebook']
    ],
    [
      'why a step failed',
      view(run(started('load'), failed('load'))),
      ['ValueError: no', 'data-state="failed"']
    ],
    [
      'what a step changed that nobody foresaw',
      view(run({ kind: 'input-changed', step: 'load', name: 'df', takers: ['fit', 'plot'] })),
      ['&quot;load&quot; changed df in place', 'fit, plot had to wait for that, or to run again']
    ],
    [
      'where the next run goes and what there is',
      view({ cluster: { name: 'farm', names: ['local', 'farm'], answer: given(3) } }),
      [
        '<option selected="">farm</option>',
        'title="20 CPUs, 2 GPUs (A100), 72 GB"',
        '3 nodes: 20 CPUs, 2 GPUs, 72 GB'
      ]
    ],
    [
      'what of that is free',
      view({ cluster: BUSY }),
      ['title="20 CPUs, 2 GPUs (A100), 72 GB"', '3 nodes: 5 of 20 CPUs, 0 of 2 GPUs free']
    ],
    [
      'where runs go while one takes what was free',
      view({ cluster: BUSY, ...run(started('load')) }),
      ['<option selected="">farm</option>', '3 nodes: 20 CPUs, 2 GPUs, 72 GB']
    ],
    [
      'what there is to reserve, and what is asked for in vain',
      view({ cluster: BUSY, editing: EDITED }),
      [
        'largest of its 3 nodes: 20 CPUs, 2 GPUs (A100), 72 GB. Free just now: 5 CPUs, 60 GB.',
        'Set <code>gpus</code> to 0.'
      ]
    ],
    [
      'why a cluster cannot be used',
      view({
        cluster: {
          name: 'farm',
          names: ['local', 'farm'],
          answer: { state: 'refused', problem: new Problem('cluster-unreachable', 'No answer.') }
        }
      }),
      ['cannot be used', 'No answer.', 'Ask again']
    ],
    [
      'what can never run there',
      view({
        forecast: {
          steps: [],
          expected_s: null,
          misfits: [{ step: 'load', message: 'Set `gpus` to 0.' }]
        }
      }),
      ['Set <code>gpus</code> to 0.']
    ],
    ['how many runs its parameters make', view({ points: 3 }), ['3 runs']],
    ['which parameter is no value', view({ wrong: ['lr'] }), ['lr: not a value of its type']],
    [
      'what to do about a failure, its code as code',
      view(run(failedAs('step-cancelled', '`nbprism resume` runs it.'))),
      ['<code>nbprism resume</code> runs it.']
    ],
    [
      'how many cells have outputs to show',
      view({ ...run(runSucceeded()), offered: 2 }),
      ['Show its outputs in 2 cells']
    ]
  ])('says %s', (_, html, texts) => {
    texts.forEach(text => expect(html).toContain(text));
  });

  it.each<[string, Partial<INotebookView>]>([
    [
      'the pipeline has errors',
      {
        pipeline: {
          ...PIPELINE,
          diagnostics: [
            {
              code: 'cycle',
              severity: 'error',
              message: 'A cycle.',
              hint: '',
              step: null,
              cell: null,
              line: null,
              setting: null,
              fix: null
            }
          ]
        }
      }
    ],
    ['a parameter is no value', { wrong: ['lr'], texts: new Map([['lr', 'x']]) }],
    ['there is no pipeline yet', { pipeline: null }]
  ])('does not run while %s', (_, more) => {
    expect(view(more)).toMatch(/jp-mod-accept" disabled=""/);
  });

  it('says once what can never run there: beside the settings, where they are open', () => {
    const misfits = [{ step: 'load', message: 'Set `gpus` to 0.' }];
    const forecast = { steps: [], expected_s: null, misfits };
    expect(view({ forecast, editing: EDITED }).match(/Set <code>gpus/g)).toHaveLength(1);
    expect(view({ forecast }).match(/Set <code>gpus/g)).toHaveLength(1);
    // Such a run would be refused: nothing is said of what it would do.
    expect(view({ forecast })).not.toContain('nbprism-Forecast');
  });

  it('shows text of the notebook as text', () => {
    const evil = '<img src=x onerror=alert(1)>';
    const html = view({
      name: evil,
      pipeline: { ...PIPELINE, steps: [{ ...LOAD, name: evil, outputs: [evil] }] }
    });
    expect(html).not.toContain('<img');
  });
});
