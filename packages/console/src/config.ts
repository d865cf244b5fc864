/**
 * What a console is told by those who run it: a file beside the page. From here alone comes the genesis hash, which
 * everything that the API answers is held against.
 *
 * @module
 */
import { faultOfPasskeyRules, HashHex, OrgId, parseStrictJson } from '@quorate/wire';
import * as z from 'zod';

const MAX_CHARS = 16_384;

/** Without a path: paths are what users sign. */
const Origin = z.string().max(256).refine(isOrigin, 'must be an origin, https://host, without anything after it');

export const ConsoleConfig = z.strictObject({
  /** Origin of the API. @default the console's own */
  apiUrl: Origin.optional(),
  orgId: OrgId,
  /** The one that the signers' operators compared when the network was founded. */
  genesisHash: HashHex,
  /** Host that passkeys belong to, as the genesis has it. */
  relyingPartyId: z.string().min(1).max(253),
});

/** As the rest of the console reads it. */
export interface Settings {
  readonly apiUrl: string;
  readonly orgId: OrgId;
  readonly genesisHash: string;
  readonly relyingPartyId: string;
}

/** Its message is for whoever runs the console. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
}

/**
 * `text` of the file; `origin` of the page.
 * @throws {ConfigFault} also for a page on which no passkey of this relying party can be used
 */
export function readConfig(text: string, origin: string): Settings {
  if (text.length > MAX_CHARS) throw new ConfigFault(`config.json is longer than ${MAX_CHARS} characters.`);
  const parsed = ConsoleConfig.safeParse(jsonIn(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigFault(`config.json: ${[issue?.path.join('.') ?? '', issue?.message ?? ''].filter((part) => part !== '').join(' ')}.`);
  }
  const { apiUrl = origin, relyingPartyId } = parsed.data;
  const fault = faultOfPasskeyRules({ rpId: relyingPartyId, origins: [origin] });
  if (fault !== null) throw new ConfigFault(`This page is at ${origin}, and passkeys belong to ${relyingPartyId}: ${fault}.`);
  return { ...parsed.data, apiUrl };
}

/** @throws {ConfigFault} */
export async function loadConfig(origin: string, fetch = globalThis.fetch): Promise<Settings> {
  const response = await fetch('/config.json', { cache: 'no-store', credentials: 'omit', redirect: 'error' }).catch(() => null);
  if (response === null || !response.ok) throw new ConfigFault('There is no config.json beside this page.');
  return readConfig(await response.text(), origin);
}

function jsonIn(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch {
    throw new ConfigFault('config.json is not JSON, or has a member twice.');
  }
}

function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.origin === text;
}
