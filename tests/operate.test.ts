/**
 * docs/operate.md from empty hosts to the first wallet, word by word: a folder and a shell for each host, real brokers,
 * PostgreSQL, and the programs as they are built. Only the words that the document says to replace are replaced, and
 * primes are the published ones, for a search takes minutes.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { brokersMissing } from '../packages/link/src/nats/brokers.test-kit.ts';
import { build, withFixtures } from './support/built.ts';
import { takeHosts, whyNoHosts } from './support/loopback.ts';
import { type Carried, stepsOf, type Typed } from './support/printed.ts';
import { openShell, type Shell } from './support/shell.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Postgres {
  whyNoPostgres(): string | null;
  findPostgres(): string;
  startPostgres(where: { host: string; port: number }): Promise<{ stop(): void }>;
}
const scripts: string = new URL('../scripts/postgres.mjs', import.meta.url).href;
const postgres = (await import(scripts)) as Postgres;

const noPostgres = postgres.whyNoPostgres();
/** Of brokers, servers, signers and the database. */
const PORTS = [4222, 6222, 7310, 7320, 5432];
const missing = brokersMissing ?? (noPostgres === null ? await whyNoHosts(PORTS) : `skipped: ${noPostgres}`);
if (missing !== null) console.warn(`docs/operate.md ${missing}`);

const KINDS = { signer: 5, server: 2, nats: 3 } as const;
const NAMES = ['db', 'operations', 'reserve', ...Object.entries(KINDS).flatMap(([kind, count]) => Array.from({ length: count }, (_, i) => `${kind}-${i + 1}`))];
const GROUPS: Readonly<Record<string, keyof typeof KINDS>> = { 'each signer': 'signer', 'each server': 'server', 'each broker': 'nats' };
const FINGERPRINTS = ['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE'] as const;
const SECRET = 'a-password-of-the-database';

/** `each signer` is five hosts. @throws for a name that the document does not introduce */
function hostsNamed(name: string): readonly string[] {
  const kind = GROUPS[name];
  const hosts = kind === undefined ? NAMES.filter((one) => one === name) : NAMES.filter((one) => one.startsWith(`${kind}-`));
  if (hosts.length === 0) throw new Error(`the document names a host ${name}`);
  return hosts;
}

const numberOf = (host: string): string => /-(\d)$/.exec(host)?.[1] ?? '';

test.skipIf(missing !== null)(
  `chapters 1 to 6 of docs/operate.md, as printed, bring up five signers and two servers, and make, sign with and export a wallet${missing === null ? '' : ` [${missing}]`}`,
  { timeout: 900_000 },
  async () => {
    const document = readFileSync(join(root, 'docs', 'operate.md'), 'utf8');
    const headings = document.split('\n').filter((line) => line.startsWith('## '));
    const to = headings[headings.indexOf('## 6. Start') + 1] ?? '';
    const steps = stepsOf(document, { from: "## 1. Each signer's operator", to });

    await using open = new AsyncDisposableStack();
    const dir = await mkdtemp(join(tmpdir(), 'quorate-operate-'));
    open.defer(() => rmSync(dir, { recursive: true, force: true }));
    const addresses = open.use(await takeHosts());
    const address = (host: string): string => addresses.address(NAMES.indexOf(host) + 1);
    const database = await postgres.startPostgres({ host: address('db'), port: 5432 });
    open.defer(() => database.stop());
    const bin = await withFixtures(await build(dir), dir);

    const path = [bin, dirname(process.execPath), process.env.PATH ?? '', '/usr/sbin', '/usr/local/sbin', postgres.findPostgres()].join(delimiter);
    const environment = { PATH: path, HOME: dir, PGHOST: address('db'), PGUSER: 'quorate', PGDATABASE: 'postgres' };
    const folder = (host: string): string => join(dir, 'hosts', host);
    const shells = new Map<string, Shell>();
    const openOn = (host: string): void => void shells.set(host, open.use(openShell(host, folder(host), environment)));
    for (const host of NAMES) {
      mkdirSync(folder(host), { recursive: true, mode: 0o700 });
      openOn(host);
    }
    symlinkSync(root, join(folder('operations'), 'quorate'));
    const shell = (host: string): Shell => shells.get(host) as Shell;

    /** What people tell each other: known once it was printed. */
    const words = new Map<string, string>([['SECRET', SECRET]]);
    const replaced = (text: string, host: string): string =>
      text
        .replaceAll('DNS:nats-$N.example', `IP:${address(host)}`)
        .replaceAll(
          /(- name: (nats-\d)\n)((?: {4}.*\n?)+)/g,
          (_, item: string, broker: string, rest: string) => item + rest.replaceAll('0.0.0.0', address(broker)),
        )
        .replaceAll(/\b(nats-\d|db)\.example\b/g, (_, name: string) => address(name))
        .replaceAll('https://quorate.example', `http://${address('server-1')}:7310`)
        .replaceAll('127.0.0.1', address(host))
        .replaceAll(/\b(NUMBER|ONE|TWO|THREE|FOUR|FIVE|GENESIS-HASH|CREDENTIAL|SECRET)\b/g, (word) => {
          const told = word === 'NUMBER' ? numberOf(host) : words.get(word);
          if (told === undefined) throw new Error(`nobody has said ${word} yet`);
          return told;
        });

    function listen(host: string, printed: string): void {
      const fingerprint = /^(?:[a-z2-7]{5}-){7}[a-z2-7]{5}$/m.exec(printed)?.[0];
      if (host.startsWith('signer-') && fingerprint !== undefined) words.set(FINGERPRINTS[Number(numberOf(host)) - 1] as string, fingerprint);
      const drafted = /administrator "operations": user \S+, credential (\S+)[\s\S]*^([0-9a-f]{64})$/m.exec(printed);
      if (drafted !== null) words.set('CREDENTIAL', drafted[1] ?? '').set('GENESIS-HASH', drafted[2] ?? '');
    }

    /** After a 503 the same is typed once more, in a new shell, as the document says. */
    async function typeOn(host: string, text: string): Promise<string> {
      for (let tries = 1; ; tries++) {
        try {
          return await shell(host).type(text);
        } catch (error) {
          if (tries === 20 || host !== 'operations' || !/status: 503/i.test(String(error))) throw error;
          openOn(host);
        }
      }
    }

    async function type({ on, running, text, line }: Typed): Promise<string> {
      const printed = await Promise.all(
        hostsNamed(on).map(async (host) => {
          try {
            if (running)
              return await shell(host)
                .keep(replaced(text, host))
                .then(() => '');
            const out = await typeOn(host, replaced(text, host));
            listen(host, out);
            return out;
          } catch (error) {
            const logs = await Promise.all([...shells].map(async ([name, one]) => `${name}: ${(await one.printed()).slice(-1_000)}`));
            throw new Error(`docs/operate.md:${line} on ${host}\n${logs.join('\n')}`, { cause: error });
          }
        }),
      );
      return printed.join('\n');
    }

    function carry({ file, from, to: where }: Carried): void {
      for (const source of hostsNamed(from)) {
        for (const target of hostsNamed(where)) {
          if (from === where && source !== target) continue;
          const name = file.replaceAll('$N', numberOf(from.startsWith('each') ? source : target));
          expect(existsSync(join(folder(source), name)), `${name} on ${source}`).toBe(true);
          cpSync(join(folder(source), name), join(folder(target), name), { recursive: true });
        }
      }
    }

    let last = '';
    for (const step of steps) {
      if (step.kind === 'carried') carry(step);
      else last = await type(step);
    }
    const made = /^wallet wa-\S+ (0x\w{40})\nsigned by (0x\w{40})\nrecovered from [345] shares the key of (0x\w{40})$/m;
    const first = made.exec(last);
    expect(new Set(first?.slice(1)).size, last).toBe(1);
    expect(last).toMatch(/^export on, stored by [345] of 5 signers$/m);
    expect(last.trim()).toMatch(/\nexport off, stored by [345] of 5 signers$/);

    // The bearer counts at the other server too, which knows what was done at the first.
    const program =
      steps
        .findLast((step) => step.kind === 'typed')
        ?.text.split('\n')
        .at(-1) ?? '';
    const other = await typeOn('operations', `sed -i 's/${address('server-1')}/${address('server-2')}/' admin.json\n${program}`);
    const second = made.exec(other);
    expect(new Set(second?.slice(1)).size, other).toBe(1);
    expect(second?.[1]).not.toBe(first?.[1]);

    const printed = (await Promise.all([...shells.values()].map((one) => one.printed()))).join('\n');
    const daemons = NAMES.filter((host) => !host.startsWith('nats-'));
    expect(await Promise.all(daemons.map((host) => shell(host).stop()))).toEqual(daemons.map((host) => (/^s/.test(host) ? [0] : [])));
    await Promise.all(hostsNamed('each broker').map((host) => shell(host).stop()));
    for (const secret of [SECRET, readFileSync(join(folder('operations'), 'operations.token'), 'utf8').trim()]) expect(printed).not.toContain(secret);
  },
);
