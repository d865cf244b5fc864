/** The bootstrap ceremony by its commands, each as its own process, as docs/operate.md has them. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { good as goodProcess } from './daemons.ts';

export interface Ceremony {
  readonly dir: string;
  readonly count: number;
  readonly genesisHash: string;
  /** Of the signers, in the order in which they were made. */
  readonly fingerprints: readonly string[];
  readonly founding: string;
  readonly draft: string;
  readonly roster: string;
  /** PKCS#8 PEM of the administrator `operations`, and its credential. */
  readonly admin: { readonly privateKey: string; readonly credId: string };
  signer(number: number): string;
  readonly server: string;
  readonly serverCard: string;
  approval(number: number): string;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** `good` runs a command to its good end. @default each in a process of its own */
export async function hold(dir: string, { count, threshold }: { readonly count: number; readonly threshold: number }, good = goodProcess): Promise<Ceremony> {
  const at = (...names: string[]): string => join(dir, ...names);
  const signer = (number: number): string => at(`signer-${number}`);
  const card = (number: number): string => at(`card-${number}.json`);
  const approval = (number: number): string => at(`approval-${number}.json`);
  const fingerprints = await Promise.all(
    numbers(count).map(async (number) => (await good('signer', ['init', '--data-dir', signer(number), '--out', card(number)])).out.trim()),
  );
  await good('server', ['init', '--keys-dir', at('server'), '--out', at('server-card.json')]);
  const roster = at('roster.json');
  for (const [i, fingerprint] of fingerprints.entries()) {
    await good('server', ['roster-add', '--roster', roster, '--card', card(i + 1), '--fingerprint', fingerprint]);
  }
  const keys = ['operations', 'reserve'].map((name) => ({
    name,
    ...generateKeyPairSync('ed25519', { privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } }),
  }));
  for (const { name, publicKey } of keys) await writeFile(at(`${name}.pem`), publicKey);
  const administrators = keys.flatMap(({ name }) => ['--service-account', `${name}=${at(`${name}.pem`)}`]);
  const draft = at('genesis.json');
  const drafted = await good('server', ['genesis-draft', '--roster', roster, '--threshold', String(threshold), ...administrators, '--out', draft]);
  const genesisHash = drafted.out.trim();
  const credId = /operations": user \S+, credential (\S+)/.exec(drafted.err)?.[1] ?? '';
  const said = fingerprints.flatMap((fingerprint) => ['--fingerprint', fingerprint]);
  await Promise.all(
    numbers(count).map((number) =>
      good('signer', ['approve', '--data-dir', signer(number), '--genesis', draft, '--genesis-hash', genesisHash, ...said, '--out', approval(number)]),
    ),
  );
  const founding = at('founding.json');
  const approvals = numbers(count).flatMap((number) => ['--approval', approval(number)]);
  await good('server', ['genesis-finish', '--genesis', draft, '--genesis-hash', genesisHash, ...approvals, '--out', founding]);
  const privateKey = keys[0]?.privateKey ?? '';
  return {
    dir,
    count,
    genesisHash,
    fingerprints,
    founding,
    draft,
    roster,
    admin: { privateKey, credId },
    signer,
    server: at('server'),
    serverCard: at('server-card.json'),
    approval,
  };
}
