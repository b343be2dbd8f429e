/**
 * An operation that could not be done, with what a person needs to know.
 */
import type { IDiagnostic } from './pipeline';

/** Where a failure came from; decides what the panel suggests. */
export type ProblemCode =
  /** The address is not served: the server extension is not there. */
  | 'server-missing'
  /** No answer at all. */
  | 'unreachable'
  /** The server's own code, such as `pipeline-has-errors`. */
  | (string & {});

/** Thrown by the API; `message` is a sentence for people. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly status: number | null = null,
    readonly diagnostics: readonly IDiagnostic[] = []
  ) {
    super(message);
    this.name = 'Problem';
  }

  /** Return any error as a problem. */
  static of(error: unknown): Problem {
    if (error instanceof Problem) {
      return error;
    }
    return new Problem('internal-error', error instanceof Error ? error.message : String(error));
  }
}
