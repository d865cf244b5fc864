/**
 * A rule of the store says no: the transaction is rolled back and the caller gets a `Refusal` of this code.
 *
 * @module
 */
import type { RefusalCode, RefusalDetail } from '@quorate/wire';

export class StoreRefusal extends Error {
  override readonly name = 'StoreRefusal';
  readonly code: RefusalCode;
  readonly detail: RefusalDetail;

  constructor(code: RefusalCode, detail: RefusalDetail = {}) {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}
