/** A method's own error (RFC 8620 section 3.6.2). */
export class MethodError extends Error {
  constructor(
    readonly method: string,
    readonly type: string,
    readonly description = '',
  ) {
    super(description ? `${method}: ${type}: ${description}` : `${method}: ${type}`);
    this.name = 'MethodError';
  }
}

/** What the server answered instead of a result: problem+json (RFC 9457) or a bare status. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Record<string, unknown>,
  ) {
    super(`HTTP ${status}: ${String(problem['detail'] ?? problem['title'] ?? '')}`);
    this.name = 'HttpError';
  }

  get type(): string {
    return typeof this.problem['type'] === 'string' ? this.problem['type'] : 'about:blank';
  }
}

/** The server cannot be reached. */
export class OfflineError extends Error {
  constructor() {
    super('the server cannot be reached');
    this.name = 'OfflineError';
  }
}
