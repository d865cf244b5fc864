/**
 * A server's keys in its folder.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CannotRun, causeOf, jsonText, makeNkey, makeServerCard, publicNkey, readJsonFile, type ServerCard, writeFresh } from '@quorate/daemon';
import * as z from 'zod';
import { createServerKeys, type ServerKeys, serverParty, tokenKeyOf } from '../keys.ts';

const Keys = z.strictObject({ link: z.strictObject({ identity: z.string(), sealing: z.string() }), token: z.string() });

const fileIn = (dir: string): string => join(dir, 'server-keys.json');
export const nkeyIn = (dir: string): string => join(dir, 'broker.nkey');

/** @throws {CannotRun} where they are missing or damaged; nothing of them stands in the text */
export function readServerKeys(dir: string): ServerKeys {
  const read = Keys.safeParse(readJsonFile(fileIn(dir), 'The file with the server’s keys'));
  try {
    if (read.success) {
      serverParty(read.data);
      tokenKeyOf(read.data);
      return read.data;
    }
  } catch {
    // The cause may quote a key.
  }
  throw new CannotRun(
    'configuration',
    `${fileIn(dir)} does not hold a server’s keys: restore it, or make new ones with \`quorate-server init\` in an empty folder.`,
  );
}

/** Makes the keys of a further server of the same organisation with the token key of the one in `sibling`. @throws {CannotRun} */
export function makeServerKeys(dir: string, sibling?: string): ServerKeys {
  const made = createServerKeys();
  const keys = sibling === undefined ? made : { ...made, token: readServerKeys(sibling).token };
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CannotRun('unavailable', `${dir} cannot be made (${causeOf(error)}).`);
  }
  writeFresh(fileIn(dir), jsonText(keys), { secret: true });
  makeNkey(nkeyIn(dir));
  return keys;
}

export const serverCard = (dir: string): ServerCard => makeServerCard(serverParty(readServerKeys(dir)), publicNkey(nkeyIn(dir)));
