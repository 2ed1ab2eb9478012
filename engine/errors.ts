/**
 * An error that the user can mend: one sentence that says what is wrong, where, and what to do.
 * Anything else that is thrown is a bug of ours and is reported with its stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  constructor(
    readonly code: string,
    message: string,
    readonly where?: { file: string; line?: number; column?: number },
  ) {
    super(message);
  }

  /** `file:line:column: message`, the form that terminals and editors make clickable. */
  override toString(): string {
    if (!this.where) return this.message;
    const { file, line, column } = this.where;
    const position = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`;
    return `${file}${position}: ${this.message}`;
  }
}

/** Thrown when a run's signal is aborted. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  constructor() {
    super('The run was cancelled.');
  }
}
