/**
 * What the variables on the edges are in the notebook's kernel, as it was last asked.
 *
 * The kernel looks at them itself (`nbprism.glance`), in a request that runs no code of the user's
 * and leaves nothing behind. It is asked when a user wants it, never by itself.
 */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IPipeline } from './pipeline';

/** One variable in the kernel. */
export interface IGlance {
  readonly name: string;
  readonly type: string;
  /** In a few words. */
  readonly preview: string;
  readonly bytes: number;
  /** Whether all of it was looked at; if not, it is larger than `bytes`. */
  readonly whole: boolean;
  /** Why it cannot be moved to another step, and what to do. */
  readonly trouble: string | null;
}

/** Why a kernel could not be asked. */
export type KernelTrouble = 'no-kernel' | 'not-python' | 'no-nbprism' | 'no-answer';

type Answer = readonly IGlance[] | KernelTrouble;

/** What there is to show. */
export interface IKernelTypes {
  /** By name; null as long as nobody asked. */
  readonly found: ReadonlyMap<string, IGlance> | null;
  /** Whether the kernel ran something since. */
  readonly isOld: boolean;
  /** Whether it has yet to answer. */
  readonly isLooking: boolean;
  readonly trouble: KernelTrouble | null;
}

/** Where the kernel is. */
export type KernelPlace = Pick<
  ISessionContext,
  'ready' | 'session' | 'kernelChanged' | 'statusChanged' | 'iopubMessage'
>;

const NOTHING: IKernelTypes = { found: null, isOld: false, isLooking: false, trouble: null };
const GONE: ReadonlySet<Kernel.Status> = new Set(['restarting', 'autorestarting', 'dead']);

/** Asks the kernel, and forgets the answer when the kernel is another. */
export class KernelTypes implements IDisposable {
  constructor(place: KernelPlace) {
    this._place = place;
    place.kernelChanged.connect(this._forget, this);
    place.statusChanged.connect(this._onStatus, this);
    place.iopubMessage.connect(this._onMessage, this);
  }

  /** Emitted when there is something else to show. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): IKernelTypes {
    return this._state;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Ask for the variables on the edges of a pipeline, and again if the kernel goes meanwhile. */
  async look(pipeline: IPipeline): Promise<void> {
    this._looks += 1;
    const look = this._looks;
    this._set({ ...this._state, isLooking: true, trouble: null });
    // A kernel that is only starting is none yet.
    await this._place.ready;
    let kernel: number;
    let answer: Answer;
    do {
      kernel = this._kernels;
      answer = await ask(this._place.session?.kernel ?? null, namesOn(pipeline));
      if (look !== this._looks || this._isDisposed) {
        return; // the answer to the last question counts
      }
    } while (kernel !== this._kernels);
    this._set(
      typeof answer === 'string'
        ? { ...NOTHING, trouble: answer }
        : { ...NOTHING, found: new Map(answer.map(glance => [glance.name, glance])) }
    );
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _onStatus(_: unknown, status: Kernel.Status): void {
    if (GONE.has(status)) {
      this._forget();
    }
  }

  private _onMessage(_: unknown, message: KernelMessage.IMessage): void {
    if (message.header.msg_type === 'execute_input' && this._state.found !== null) {
      this._set({ ...this._state, isOld: true });
    }
  }

  private _forget(): void {
    this._kernels += 1;
    const { isLooking } = this._state;
    if (isLooking || this._state.found !== null || this._state.trouble !== null) {
      this._set({ ...NOTHING, isLooking });
    }
  }

  private _set(state: IKernelTypes): void {
    this._state = state;
    this._changed.emit();
  }

  private readonly _place: KernelPlace;
  private readonly _changed = new Signal<this, void>(this);
  private _state = NOTHING;
  /** How often a user asked, and how many kernels there were. */
  private _looks = 0;
  private _kernels = 0;
  private _isDisposed = false;
}

/** Return the variables that cross between steps. */
export function namesOn({ edges }: IPipeline): readonly string[] {
  return [...new Set(edges.flatMap(edge => edge.names))];
}

/** Return what a step gives to later steps: each name with the steps that take it. */
export function given({ edges }: IPipeline, step: string): ReadonlyMap<string, readonly string[]> {
  const takers = new Map<string, string[]>();
  for (const { names, to } of edges.filter(edge => edge.from === step)) {
    names.forEach(name => takers.set(name, [...new Set([...(takers.get(name) ?? []), to])]));
  }
  return takers;
}

async function ask(
  kernel: Kernel.IKernelConnection | null,
  names: readonly string[]
): Promise<Answer> {
  if (kernel === null) {
    return 'no-kernel';
  }
  try {
    if ((await kernel.info).language_info.name !== 'python') {
      return 'not-python';
    }
    const { content } = await kernel.requestExecute({
      code: '',
      silent: true,
      store_history: false,
      user_expressions: { types: question(names) }
    }).done;
    return content.status === 'ok' ? read(content.user_expressions.types) : 'no-answer';
  } catch {
    return 'no-answer'; // it was restarted or shut down meanwhile
  }
}

/** A list of strings is written in Python as it is in JSON. */
function question(names: readonly string[]): string {
  const list = JSON.stringify(names);
  return `__import__("nbprism.glance", fromlist=["glance"]).glance(${list}, globals())`;
}

function read(answer: unknown): Answer {
  const { status, data } = answer as {
    readonly status: string;
    readonly data?: { readonly 'application/json'?: { readonly found: readonly IGlance[] } };
  };
  // All it does is import nbprism: what failed is that, whatever its error is called.
  return (status === 'ok' ? data?.['application/json']?.found : undefined) ?? 'no-nbprism';
}
