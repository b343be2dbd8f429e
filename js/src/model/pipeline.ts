/**
 * What a notebook compiles to, as the server sends it (`Pipeline.to_json()`).
 */
import type { JSONValue } from '@lumino/coreutils';
import type { IFix } from './fixes';

export type CellRole =
  'step' | 'imports' | 'functions' | 'setup' | 'parameters' | 'metrics' | 'skip' | 'text';

export type Severity = 'error' | 'warning' | 'info';

/** One finding of the compiler. */
export interface IDiagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint: string;
  readonly step: string | null;
  readonly cell: string | null;
  /** Line in that cell, from 1. */
  readonly line: number | null;
  /** The step's setting it is about. */
  readonly setting: string | null;
  readonly fix: IFix | null;
}

/** A cell and what it counts as. */
export interface ICellPlace {
  readonly id: string;
  readonly index: number;
  readonly role: CellRole;
  readonly step: string | null;
}

/** A name assigned in a cell tagged `parameters`. */
export interface IParameter {
  readonly name: string;
  readonly type: string;
  readonly default: JSONValue;
}

/** What a step asks for; absent fields have the compiler's defaults. */
export interface IStepSettings {
  readonly after?: readonly string[];
  readonly cpus?: number;
  readonly gpus?: number;
  /** Bytes. */
  readonly memory?: number | null;
  readonly accelerator_type?: string | null;
  readonly resources?: Readonly<Record<string, number>>;
  readonly retries?: number;
  readonly timeout_s?: number | null;
}

/** A named group of cells, what it takes and what it gives. */
export interface IStep {
  readonly name: string;
  readonly cells: readonly string[];
  readonly inputs: readonly { readonly name: string; readonly from: string }[];
  readonly outputs: readonly string[];
  readonly parameters: readonly string[];
  readonly metrics?: readonly string[];
  readonly settings: IStepSettings;
  readonly fingerprint: string;
}

/** Why one step waits for another. */
export interface IEdge {
  readonly from: string;
  readonly to: string;
  readonly names: readonly string[];
  readonly reason: string;
}

/** The checked graph of steps of one notebook. */
export interface IPipeline {
  readonly schema: number;
  readonly pipeline: string;
  readonly parameters: readonly IParameter[];
  readonly steps: readonly IStep[];
  readonly edges: readonly IEdge[];
  readonly diagnostics: readonly IDiagnostic[];
  readonly cells: readonly ICellPlace[];
}

/** Tell whether nothing stops the pipeline from running. */
export function canRun(pipeline: IPipeline): boolean {
  return !pipeline.diagnostics.some(diagnostic => diagnostic.severity === 'error');
}

/** Return the worst severity among `diagnostics`, or null where there are none. */
export function worst(diagnostics: readonly IDiagnostic[]): Severity | null {
  const order: readonly Severity[] = ['error', 'warning', 'info'];
  return order.find(severity => diagnostics.some(d => d.severity === severity)) ?? null;
}
