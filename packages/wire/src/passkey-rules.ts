/**
 * Passkey rules of a genesis: the relying party that passkeys answer for, and the websites on which they may be used
 * (WebAuthn §5.1.2, contract §11.1).
 *
 * @module
 */
export interface PasskeyRulesGiven {
  readonly rpId: string;
  readonly origins: readonly string[];
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** Lower case, international names in their ASCII form. An address in digits is none: passkeys are not bound to those. */
const HOST = new RegExp(`^(?:${LABEL}\\.)*(?!\\d+$)${LABEL}$`);
const ORIGIN = /^(?:https:\/\/([^:/]+)|http:\/\/(localhost))(?::(0|[1-9]\d{0,4}))?$/;
const MAX_HOST_CHARS = 253;
const MAX_ORIGINS = 32;

const isHost = (text: string): boolean => text.length <= MAX_HOST_CHARS && HOST.test(text);

/** Of an origin as browsers write it, https or on this machine; `null` for any other text. */
function hostOf(origin: string): string | null {
  const [, secure, local, port] = ORIGIN.exec(origin) ?? [];
  const host = secure ?? local;
  if (host === undefined || !isHost(host) || Number(port ?? 0) > 65_535) return null;
  // Browsers leave the usual port out.
  return port === (secure === undefined ? '80' : '443') ? null : host;
}

/**
 * What is wrong with the rules, in words; `null` for good ones. Without a relying party or origins there are no passkeys.
 * That the relying party's id is no public suffix is seen to by browsers, which have a list of those.
 */
export function faultOfPasskeyRules({ rpId, origins }: PasskeyRulesGiven): string | null {
  if (origins.length > MAX_ORIGINS) return `at most ${MAX_ORIGINS} origins`;
  const hosts = origins.map(hostOf);
  if (hosts.includes(null)) return 'an origin is https://host or http://localhost, with a port only if it is unusual, and nothing after it';
  if (rpId === '') return null;
  if (!isHost(rpId)) return 'the relying party’s id is a host name in lower case';
  const isWithin = (host: string | null): boolean => host === rpId || (rpId.includes('.') && host?.endsWith(`.${rpId}`) === true);
  return hosts.every(isWithin) ? null : 'the relying party’s id is the host of each origin, or a domain that it is in';
}

/** Whether there are passkeys at all. */
export const hasPasskeys = ({ rpId, origins }: PasskeyRulesGiven): boolean => rpId !== '' && origins.length > 0;
