/**
 * The user action's statement and the challenge that commits to it: what a user signs is the request itself, and anyone
 * who knows the request can recompute the challenge (docs/contract.md, user actions; vectors/user-action.json).
 *
 * @module
 */
import * as z from 'zod';
import { b64url } from './bytes.ts';
import { hashFields, sha256Hex } from './fields.ts';
import { OrgId, TokenId, UserId } from './ids.ts';

/** SHA-256, lower-case hex. */
export const HashHex = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');
/** A non-negative integer in decimal without leading zeros; within the safe integers. */
export const Decimal = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,15})$/, 'must be a decimal integer')
  .refine((text) => Number.isSafeInteger(Number(text)), 'must be a safe integer');
/** A raw request path, percent-encoded, with its query if that is signed; visible ASCII, as in the line of a request. */
export const RawPath = z
  .string()
  .min(1)
  .max(2048)
  .regex(/^\/[!-~]*$/, 'must be a percent-encoded path');
export const Method = z.enum(['GET', 'POST', 'PUT', 'DELETE']);
export type Method = z.infer<typeof Method>;
/** 43 characters of base64url: a SHA-256. */
export const Challenge = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/)
  .brand<'Challenge'>()
  .meta({ id: 'Challenge' });
export type Challenge = z.infer<typeof Challenge>;

export const Statement = z
  .strictObject({
    v: z.literal('1'),
    genesisHash: HashHex,
    headNumber: Decimal,
    headHash: HashHex,
    orgId: OrgId,
    userId: UserId,
    tokenId: z.union([z.literal(''), TokenId]),
    method: Method,
    path: RawPath,
    payloadHash: HashHex,
    nonce: HashHex,
    issuedAt: Decimal,
    expiresAt: Decimal,
  })
  .meta({ id: 'Statement' });
export type Statement = z.infer<typeof Statement>;

const order = [
  'v',
  'genesisHash',
  'headNumber',
  'headHash',
  'orgId',
  'userId',
  'tokenId',
  'method',
  'path',
  'payloadHash',
  'nonce',
  'issuedAt',
  'expiresAt',
] as const satisfies readonly (keyof Statement)[];

/** How long a challenge can be answered, in milliseconds. */
export const CHALLENGE_LIFETIME_MS = 300_000;
/** How far a clock may be off in either direction, in milliseconds. */
export const CLOCK_ALLOWANCE_MS = 30_000;

/** Domain tag of user actions' challenges. Login and registration have their own, so neither can be passed off as an action. */
export const USER_ACTION_DOMAIN = 'quorate/user-action/v1';

export function challengeOf(statement: Statement): Challenge {
  return b64url.encode(
    hashFields(
      USER_ACTION_DOMAIN,
      order.map((name) => statement[name]),
    ),
  ) as Challenge;
}

/** SHA-256 of the exact body text as UTF-8, lower-case hex. */
export const payloadHashOf = (payload: string): string => sha256Hex(payload);

/** Whether `now` (milliseconds) lies in the statement's life, with the clock allowance on both sides. */
export function isFresh(statement: Pick<Statement, 'issuedAt' | 'expiresAt'>, now: number): boolean {
  const issuedAt = Number(statement.issuedAt);
  const expiresAt = Number(statement.expiresAt);
  return expiresAt === issuedAt + CHALLENGE_LIFETIME_MS && issuedAt - CLOCK_ALLOWANCE_MS <= now && now <= expiresAt + CLOCK_ALLOWANCE_MS;
}
