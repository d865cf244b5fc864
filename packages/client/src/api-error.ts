/**
 * The API's errors as the client throws them (contract §1.5): a refusal where the code is one that a server may give,
 * else the bare status and text.
 *
 * @module
 */
import { isRefusalCode, Refusal, type RefusalCode, type RefusalDetail } from '@quorate/wire';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function errorFrom(status: number, answer: unknown): Refusal | ApiError {
  const { error } = (answer ?? {}) as { error?: { code?: unknown; message?: unknown; details?: unknown } };
  if (isRefusalCode(error?.code) && !isOwn(error.code)) return new Refusal(error.code, isDetail(error.details) ? error.details : {});
  return new ApiError(status, typeof error?.message === 'string' ? error.message : `HTTP status ${status}`);
}

/** What only this side can find out, such as that nothing was signed: a server that says so says what it cannot know. */
const isOwn = (code: RefusalCode): boolean => /^(share|answer|guard|genesis)\//.test(code);

const isDetail = (value: unknown): value is RefusalDetail => typeof value === 'object' && value !== null && !Array.isArray(value);
