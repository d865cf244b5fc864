/**
 * Looks for every secret that the network has in everything it shows: what its processes have printed in the whole run,
 * their command lines and environments, their health and metrics, and whether a crash would write their memory down.
 *
 * @module
 */
import { createPrivateKey } from 'node:crypto';
import { b64, hex } from '@quorate/wire';
import { ed25519 } from '@noble/curves/ed25519.js';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { coreDumpsIn } from '@quorate/daemon';
import { describe, expect, test } from 'vitest';
import { everything } from '../support/daemons.ts';
import { privateKeysIn } from './support/known.ts';
import { type Party, printed } from './support/party.ts';
import { opened, recovered } from './support/user.ts';
import type { World } from './support/world.ts';

const PRIMES = fileURLToPath(new URL('../../crates/quorate-mpc/fixtures/primes-5.json', import.meta.url));

/** Every form in which bytes might be printed. */
function formsOf(hex: string): string[] {
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const text = bytes.toString('hex');
  return [text, text.toUpperCase(), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url'), BigInt(`0x${text}`).toString()];
}

const pemBody = (pem: string): string => pem.split('\n')[1] ?? '';
/** The last 32 bytes of PKCS#8 of an Ed25519 or X25519 key are the key. */
const rawKey = (pem: string): string => createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }).subarray(-32).toString('hex');

async function secretsOf(world: World): Promise<Map<string, string[]>> {
  const { made, signers } = world;
  const secrets = new Map<string, string[]>([
    ['bearer', [world.authToken]],
    ['database password', [world.database.password]],
    ['administrator’s key', [pemBody(made.admin.privateKey), ...formsOf(rawKey(made.admin.privateKey))]],
  ]);
  const sets = JSON.parse(readFileSync(PRIMES, 'utf8')) as { primes: { value: string }[] }[];
  for (const [i, { primes }] of sets.entries()) for (const [j, { value }] of primes.entries()) secrets.set(`prime ${i}.${j}`, formsOf(value));
  for (const [i, key] of recovered.entries()) secrets.set(`recovered key ${i}`, formsOf(key));
  for (const [i, text] of [...opened].entries()) secrets.set(`share or one-time key ${i}`, formsOf(text));
  for (const { number } of signers) {
    for (const [which, text] of Object.entries(privateKeysIn(made.signer(number)))) secrets.set(`${which} key of signer ${number}`, formsOf(text));
    secrets.set(`key file of signer ${number}`, formsOf((await readFile(join(made.signer(number), 'signer.key'))).toString('hex')));
  }
  for (const [name, folder] of [
    ...signers.map(({ name, number }) => [name, made.signer(number)]),
    ['server 1', made.server],
    ['server 2', join(made.dir, 'server-2')],
  ]) {
    secrets.set(`nkey of ${name}`, [(await readFile(join(folder ?? '', 'broker.nkey'), 'utf8')).trim()]);
  }
  for (const folder of [made.server, join(made.dir, 'server-2')]) {
    const { link, token } = JSON.parse(await readFile(join(folder, 'server-keys.json'), 'utf8')) as { link: Record<string, string>; token: string };
    for (const [name, pem] of [...Object.entries(link), ['token', token] as const])
      secrets.set(`${name} key in ${folder}`, [pemBody(pem), ...formsOf(rawKey(pem))]);
  }
  return secrets;
}

/** What each process shows to whoever looks at it from outside. */
async function shownBy({ pid, url, metricsUrl, name }: Party): Promise<[string, string][]> {
  const proc = (file: string): [string, string] => [`${file} of ${name}`, readFileSync(`/proc/${pid}/${file}`, 'utf8')];
  const answers = await Promise.all(
    [`${url}/readyz`, `${url}/livez`, `${metricsUrl}/metrics`].map(
      async (address): Promise<[string, string]> => [`${new URL(address).pathname} of ${name}`, await (await fetch(address)).text()],
    ),
  );
  return [proc('cmdline'), proc('environ'), ...answers];
}

export function secretsStaySecret(worldOf: () => World): void {
  describe('whoever looks at the processes from outside', () => {
    test('finds no secret in what they print, in their command lines, environments, health and metrics', { timeout: 300_000 }, async () => {
      const world = worldOf();
      const parties = [...world.signers, ...world.servers];
      const shown = new Map<string, string>([
        ['what was printed', printed.join('')],
        ['what commands printed', everything.join('')],
      ]);
      for (const party of parties) for (const [where, text] of await shownBy(party)) shown.set(where, text);
      // What is no secret is found, so that looking finds something.
      expect(shown.get('what was printed')).toContain(world.signers[0]?.id);
      expect(shown.get('cmdline of signer 1')).toContain('signer-1.yaml');
      for (const { name } of parties) expect(shown.get(`/metrics of ${name}`), name).toContain('# TYPE');

      const secrets = await secretsOf(world);
      // That what was unsealed are the keys.
      for (const { id, number } of world.signers) {
        expect(b64.encode(ed25519.getPublicKey(hex.decode(privateKeysIn(world.made.signer(number)).identity)))).toBe(id);
      }
      expect(opened.size).toBeGreaterThan(recovered.length);
      expect(secrets.size).toBeGreaterThan(60);
      const found: string[] = [];
      for (const [what, forms] of secrets) {
        for (const form of forms) {
          expect(form.length, what).toBeGreaterThan(16);
          for (const [where, text] of shown) if (text.includes(form)) found.push(`${what} in ${where}`);
        }
      }
      expect(found).toEqual([]);
    });

    test('finds no process that would write its memory down without saying so', () => {
      const world = worldOf();
      for (const { pid, name } of [...world.signers, ...world.servers]) {
        const dumps = coreDumpsIn(readFileSync(`/proc/${pid}/limits`, 'utf8'));
        expect(dumps, name).not.toBeNull();
        if (dumps === true) expect(printed.join('')).toContain('core dumps are on');
      }
    });
  });
}
