/**
 * Limits that no test but one about limits comes near.
 *
 * @module
 */
import type { DevnetOptions } from '@quorate/devnet';

const MANY = { points: 1_000_000, seconds: 10 };
const FAST = { burst: 1_000_000, perSecond: 1_000_000 };
export const PATIENT = {
  server: { caller: MANY, challenges: MANY, acts: MANY, allActs: MANY, source: MANY, entry: MANY, guesses: MANY },
  signer: { server: FAST, user: FAST, actsOfUser: FAST, acts: FAST, brokenOff: 1_000, brokenOffAtAll: 10_000, spoilt: 1_000, pauseMs: 0 },
} satisfies DevnetOptions['limits'];
