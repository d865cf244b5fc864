/**
 * What went wrong, in words for the person in front of the page. Of what the API said only its code is shown: the
 * sentence to the code is ours.
 *
 * @module
 */
import type { BlameReason, Check, Unchecked } from '@quorate/client';
import { isRefusal, type RefusalCode } from '@quorate/wire';
import { ConfigFault } from './config.ts';
import { PasskeyFault, type PasskeyProblem } from './passkey.ts';

/** Where this console has more to say than the code's own sentence. */
const ownWords: Partial<Record<RefusalCode, string>> = {
  'auth/not-authorized': 'Your session has ended. Sign in again.',
  'auth/forbidden': 'You do not have the permission for this.',
  'login/refused': 'The API did not accept this passkey for this user name.',
  'genesis/invalid': 'The API shows another network than the one that this console was set up for. Nothing it says can be trusted here: tell those who run it.',
  'certificate/invalid':
    'What the API says about this key is not what the signers signed when it was made. Do not use this address: tell those who run the network.',
  'guard/foreign-challenge':
    'The API asked for a signature over something else than you asked for. Nothing was signed. If it happens again, tell those who run the network.',
  'export/unfinished': 'The signers have retired the key, but too few have released their share yet. Try again in a moment.',
  'share/too-few': 'Too few good shares have come so far. Try again: signers that were away may have released theirs by then.',
  'share/wrong-key': 'The shares make another key than this wallet’s. Nothing of it is shown.',
};

const passkeyWords: Readonly<Record<PasskeyProblem, string>> = {
  unsupported: 'This browser has no passkeys, or the page was not opened over https.',
  'none-registered': 'There is no passkey for this user.',
  refused: 'The passkey was not used: it was cancelled, took too long, or is not on this device.',
  failed: 'The passkey could not be used.',
};

export function sentenceOf(error: unknown): string {
  if (isRefusal(error)) return `${ownWords[error.code] ?? error.message}${waitIn(error.detail['retryAfter'])}`;
  if (error instanceof PasskeyFault) return passkeyWords[error.problem];
  if (error instanceof ConfigFault) return error.message;
  // By name, as a refusal is told.
  if (error instanceof Error && error.name === 'ApiError' && 'status' in error)
    return `The API answered with something unexpected (HTTP status ${String(error.status)}).`;
  if (error instanceof TypeError) return 'The API cannot be reached. Look at your connection and try again.';
  return 'Something went wrong in this page. Reload it and try again.';
}

const waitIn = (seconds: unknown): string => (typeof seconds === 'number' ? ` Try again in ${seconds} seconds.` : '');

/** The stable code, for those who are asked for help. */
export const codeOf = (error: unknown): string | null => (isRefusal(error) ? error.code : null);

export const blameWords: Readonly<Record<BlameReason, string>> = {
  'signer/unknown': 'is not one of this network’s signers',
  'release/missing': 'did not sign what it sent',
  'release/malformed': 'signed something that is no release',
  'release/signature': 'sent a release with a wrong signature',
  'release/key': 'signed a release of another key',
  'release/ciphertext': 'sent something else than it signed',
  'release/encryption-key': 'released to another encryption key than yours',
  'release/public-shares': 'signed other public shares than those of this key',
  'share/unreadable': 'sent a share that does not open',
  'share/malformed': 'sent something that is no share',
  'share/curve': 'sent a share of another curve',
  'share/index': 'sent a share that is not its own',
  'share/value': 'sent a wrong share',
  'share/inconsistent': 'sent a share that does not fit the others',
};

export const checkWords: Readonly<Record<Check, string>> = {
  'expected-key': 'the key is this wallet’s',
  certificate: 'the key’s certificate',
  'share-values': 'each share by itself',
  releases: 'the signers’ releases',
  tombstones: 'that signers have retired the key',
};

export const uncheckedWords: Readonly<Record<Unchecked, string>> = {
  'no-genesis': 'the genesis is not known',
  absent: 'the answer has nothing of it',
  invalid: 'what the answer has of it does not hold',
  'another-key': 'what the answer has is of another key',
  ambiguous: 'several readings are possible',
};
