/**
 * What a cluster has, as it says itself.
 */

/** What there is to give to steps. */
export interface ICapacity {
  readonly cpus: number;
  readonly gpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly accelerators: readonly string[];
}

/** What nobody has reserved. */
export type IFree = Omit<ICapacity, 'accelerators'>;

/** What a cluster says it has. */
export interface IOffer {
  readonly cluster: string;
  /** What one step can have at most: the largest node. */
  readonly capacity: ICapacity;
  /** What all nodes have together. */
  readonly total: ICapacity;
  /** What of that was free when it was asked; null if it does not tell. */
  readonly free: IFree | null;
  readonly nodes: number;
}

/** The clusters by name. */
export interface IClusterList {
  /** Where runs go unless another one is chosen. */
  readonly usual: string;
  readonly clusters: readonly string[];
  /** Where the user's list is kept. */
  readonly file: string;
}
