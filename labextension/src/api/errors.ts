import type { IErrorBody } from './types';

/** A failure in words: what happened, and what to do next. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly hint: string | null = null,
    readonly where: IErrorBody['where'] = null
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** True where the server did not answer at all, so that trying again may help. */
  get away(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** Any failure as an `ApiError`. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) {
    return error;
  }
  return new ApiError(error instanceof Error ? error.message : String(error), 0, 'unknown');
}
