/**
 * What this signer tells a peer that has started and asks what it missed.
 *
 * @module
 */
import type { ReplyOf, RequestOf, SignerId } from '@quorate/wire';
import type { Heads } from './audit/heads.ts';
import type { Self } from './self.ts';
import type { Store } from './store/store.ts';

/** Requests named in one answer. */
const PAGE = 1_000;
/** JSON of the tombstones in one answer, unless a single one is larger; well under what an answer may hold. */
const MAX_CHARS = 256 * 1024;

export interface Answers {
  recall(after: string, from: SignerId): Promise<ReplyOf<'recall'>>;
  tombstones(requests: RequestOf<'tombstones'>['requests']): Promise<ReplyOf<'tombstones'>>;
}

export function answerTo({ self, store, heads }: { readonly self: Self; readonly store: Store; readonly heads: Heads }): Answers {
  return {
    async recall(after, from) {
      const own = heads.own();
      const { actNumber } = own.body;
      const [act] = actNumber === 0 ? [] : await store.read('acts', { after: actNumber - 1, limit: 1, maxChars: 1 });
      const found = await store.read('retirements', { after, limit: PAGE + 1 });
      const requests = found.slice(0, PAGE) as ReplyOf<'recall'>['requests'];
      return { own, yours: heads.of(from), certificate: [...(act?.acks ?? [])], requests, more: found.length > PAGE };
    },
    async tombstones(requests) {
      const tombstones: ReplyOf<'tombstones'>['tombstones'] = [];
      let chars = 0;
      for (const challenge of requests) {
        const request = await store.read('request', { challenge });
        const tombstone = request?.statements.find(({ signerId }) => signerId === self.id);
        if (request === null || tombstone === undefined) continue;
        const told = { tombstone, evidence: request.evidence, intents: [...request.intents], certificate: request.certificate };
        chars += JSON.stringify(told).length;
        if (tombstones.length > 0 && chars > MAX_CHARS) break;
        tombstones.push(told);
      }
      return { tombstones };
    },
  };
}
