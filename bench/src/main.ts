/**
 * `npm run bench`: one table, each row a ratio or a share measured in this very run, on fixture primes.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DfnsApiClient } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { createExportContext, fastArithmetic, nobleArithmetic } from '@quorate/client';
import { type Devnet, startDevnet } from '@quorate/devnet';
import { buildInfo } from '@quorate/mpc';
import { chainFigures, IN_SNAPSHOT, REPLAYED } from './chain.ts';
import { type ExportParts, exportInParts } from './export-parts.ts';
import { inProcess } from './in-process.ts';
import { type Figures, figures, timed } from './measure.ts';
import { ms, table } from './table.ts';

const KEYGENS = 30;
const SIGNATURES = 5;
const EXPORTS = 20;
const READS = 300;
const RECOVERIES = 30;

const partNames = {
  action: '  user action: challenge and its signature',
  call: '  the call: intent, tombstone, release at 5 signers',
  recovery: '  client: open, verify, recombine',
} as const;

const row = (what: string, { p50, p95, runs }: Figures, against = '', bar = ''): string[] => [what, ms(p50), ms(p95), String(runs), against, bar];

const dir = await mkdtemp(join(tmpdir(), 'quorate-bench-'));
const alone = await inProcess(KEYGENS, SIGNATURES);
const chain = await chainFigures();
const MANY = { points: 1_000_000_000, seconds: 10 };
const FAST = { burst: 1_000_000_000, perSecond: 1_000_000 };
const limits = {
  server: { caller: MANY, challenges: MANY, acts: MANY, allActs: MANY, source: MANY },
  signer: { server: FAST, user: FAST, actsOfUser: FAST, acts: FAST },
};
const devnet = await startDevnet({ limits, dir, port: 0, testFixtures: true, allowExport: true, tables: 'off' });
try {
  print(await measure(devnet));
} finally {
  await devnet.stop();
  await rm(dir, { recursive: true, force: true });
}

async function measure(devnet: Devnet): Promise<string[][]> {
  const { url, admin, genesis, genesisHash } = devnet;
  const client = new DfnsApiClient({
    baseUrl: url,
    authToken: admin.authToken,
    signer: new AsymmetricKeySigner({ credId: admin.credId, privateKey: admin.privateKey }),
  });
  const dkg = figures(alone.dkg);
  const sign = figures(alone.sign);

  const wallets: Awaited<ReturnType<typeof client.wallets.createWallet>>[] = [];
  const creations = figures(await timed(KEYGENS, async () => wallets.push(await client.wallets.createWallet({ body: { network: 'Ethereum' } }))));
  const [wallet] = wallets;
  if (wallet === undefined) throw new Error('no wallet');

  const signatures = figures(
    await timed(SIGNATURES, (run) =>
      client.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Hash', hash: String(run + 2).padStart(64, '1') } }),
    ),
  );
  const reads = figures(await timed(READS, () => client.wallets.getWallet({ walletId: wallet.id })));

  const parts: ExportParts[] = [];
  const exports = await timed(EXPORTS, async (run) => {
    const one = wallets[run + 1];
    if (one === undefined) throw new Error('too few wallets');
    parts.push(await exportInParts(devnet, one.id, one.signingKey.publicKey));
  });
  const part = (name: keyof ExportParts): Figures => figures(parts.slice(1).map((times) => times[name]));

  const last = wallets.at(-1);
  if (last === undefined) throw new Error('no wallet');
  const recovery = async (arithmetic: typeof fastArithmetic): Promise<Figures> => {
    const context = createExportContext({ arithmetic });
    const answer = await client.wallets.exportWallet({ walletId: last.id, body: context.request() as never });
    return figures(
      await timed(RECOVERIES, async () => {
        const { secret } = await context.recover(answer, { genesis, genesisHash, expectedPublicKey: last.signingKey.publicKey });
        secret.wipe();
      }),
    );
  };
  const fast = await recovery(fastArithmetic);
  const noble = await recovery(nobleArithmetic);

  const over = (a: Figures, b: Figures): string => `× ${(a.p50 / b.p50).toFixed(2)}`;
  return [
    row('key generation, 5 signers, crate in-process', dkg),
    row('wallet creation through the SDK', creations, `+ ${ms(creations.p50 - dkg.p50)} over in-process`, '≤ + 60 ms'),
    row('signature, 3 of 5, crate in-process', sign),
    row('signature through the SDK', signatures, `${over(signatures, sign)} of in-process`, '≤ × 1.15'),
    row('export over HTTP, with recovery', figures(exports), '', 'p50 ≤ 250 ms'),
    ...(['action', 'call', 'recovery'] as const).map((name) =>
      row(partNames[name], part(name), `${((part(name).p50 / figures(exports).p50) * 100).toFixed(0)} % of the export`),
    ),
    row('client recovery of 5 shares, libsecp256k1', fast, `${over(fast, noble)} of noble`),
    row('client recovery of 5 shares, noble', noble),
    row('read of one wallet', reads, '', 'p50 ≤ 3 ms'),
    row(`replay of ${REPLAYED} acts, every signature verified`, chain.replay, `${over(chain.replay, chain.webCrypto)} of WebCrypto`, '≤ 3 s'),
    row(`state after ${IN_SNAPSHOT} acts from a snapshot`, chain.snapshot, `${Math.round(chain.snapshotBytes / 1_000_000)} MB`, '≤ 2 s'),
  ];
}

function print(rows: readonly string[][]): void {
  const build = buildInfo();
  const text = [
    `Fixture primes and aux info; arithmetic: ${build.bigint}; ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}); server, five signers and client in one process.`,
    '',
    table(['what', 'p50', 'p95', 'runs', 'ratio', 'bar'], rows),
  ];
  process.stdout.write(`${text.join('\n')}\n`);
}
