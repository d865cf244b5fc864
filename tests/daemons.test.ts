/** `quorate-signer` and `quorate-server` as an operator meets them: exit codes, refusals, signals, and what they print. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ceremony, hold } from './support/ceremony.ts';
import { everything, good, launch, run, stop } from './support/daemons.ts';

let dir: string;
let made: Ceremony;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quorate-daemons-'));
  made = await hold(dir, { count: 3, threshold: 2 });
  await writeFile(join(dir, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const DATABASE_PASSWORD = 'dont-print-this-password';

/** Of a signer whose broker is not there. */
const network = (): string[] => ['--founding', made.founding, '--genesis-hash', made.genesisHash];
const lonely = (number: number, health = 'off'): string[] => [
  ...['start', '--data-dir', made.signer(number), ...network(), '--servers', made.serverCard],
  ...['--broker', '127.0.0.1:9', '--broker-ca', join(dir, 'ca.pem'), '--health', health],
];
const serverArgs = (): string[] => [
  'start',
  '--keys-dir',
  made.server,
  ...network(),
  '--broker',
  '127.0.0.1:9',
  '--broker-ca',
  join(dir, 'ca.pem'),
  '--listen',
  '127.0.0.1:0',
];

describe('the ceremony', () => {
  test('refuses a genesis with a fingerprint that was not said, with another hash, and a second genesis', async () => {
    const approve = (hash: string, said: readonly string[], draft = made.draft) =>
      run('signer', [
        ...['approve', '--data-dir', made.signer(1), '--genesis', draft, '--genesis-hash', hash, '--out', join(dir, 'again.json')],
        ...said.flatMap((fingerprint) => ['--fingerprint', fingerprint]),
      ]);
    expect(await approve(made.genesisHash, made.fingerprints.slice(1))).toMatchObject({
      code: 65,
      err: expect.stringContaining('do not approve before each agrees'),
    });
    expect(await approve('00'.repeat(32), made.fingerprints)).toMatchObject({
      code: 65,
      err: expect.stringContaining('compare the hash with the other operators'),
    });
    const draft = join(dir, 'second.json');
    const second = await good('server', [
      'genesis-draft',
      '--roster',
      made.roster,
      '--threshold',
      '3',
      '--service-account',
      `x=${join(dir, 'reserve.pem')}`,
      '--out',
      draft,
    ]);
    expect(second.err).toMatch(/there is one administrator[\s\S]*every signer must sign/);
    expect(await approve(second.out.trim(), made.fingerprints, draft)).toMatchObject({ code: 65, err: expect.stringContaining('approves no second one') });
    expect(await approve(made.genesisHash, made.fingerprints)).toMatchObject({ code: 0 });
  });

  test('refuses a founding without every approval, and says whose is missing', async () => {
    const finish = (numbers: readonly number[]) =>
      run('server', [
        ...['genesis-finish', '--genesis', made.draft, '--genesis-hash', made.genesisHash, '--out', join(dir, `founding-${numbers.length}.json`)],
        ...numbers.flatMap((number) => ['--approval', made.approval(number)]),
      ]);
    expect(await finish([1, 3])).toMatchObject({ code: 65, err: expect.stringContaining(made.fingerprints[1] ?? '-') });
    expect(await finish([3, 1, 2])).toMatchObject({ code: 0 });
  });

  test('starts no signer that has not approved, nor one of another roster', async () => {
    const stranger = join(dir, 'stranger');
    await good('signer', ['init', '--data-dir', stranger]);
    const args = lonely(1).map((arg) => (arg === made.signer(1) ? stranger : arg));
    expect(await run('signer', args)).toMatchObject({ code: 65, err: expect.stringContaining('not in the roster') });
    expect(await run('signer', [...lonely(1), '--check'])).toMatchObject({ code: 0, out: expect.stringContaining('The configuration is good.') });
  });
});

describe('a configuration', () => {
  test('is checked without being started: 0 for a good one, 78 with every fault for a bad one', async () => {
    const config = join(dir, 'bad.yaml');
    await writeFile(config, 'dataDir: nowhere\ngenesisHash: abc\nhealth: everywhere\ncolour: red\n');
    const bad = await run('signer', ['start', '--check', '--config', config]);
    expect(bad.code).toBe(78);
    for (const fault of ['"colour", which is no setting', 'genesisHash', 'health', 'founding is missing', 'broker is missing'])
      expect(bad.err).toContain(fault);
    expect((await run('signer', ['start', '--config', config])).code).toBe(78);
    expect((await run('signer', ['start', '--config', join(dir, 'nowhere.yaml')])).code).toBe(78);
    const secret = { QUORATE_SERVER_DATABASE_URL: `postgres://quorate:${DATABASE_PASSWORD}@127.0.0.1:9/quorate` };
    const checked = await run('server', [...serverArgs(), '--check'], secret);
    expect(checked).toMatchObject({ code: 0, out: expect.stringContaining('[secret]') });
    expect(checked.out + checked.err).not.toContain(DATABASE_PASSWORD);
  });

  test('that cannot be served ends with a sentence and a code', async () => {
    const unreachable = { QUORATE_SERVER_DATABASE_URL: `postgres://quorate:${DATABASE_PASSWORD}@127.0.0.1:9/quorate` };
    expect(await run('server', serverArgs(), unreachable)).toMatchObject({
      code: 69,
      err: expect.stringContaining('The database does not let the server in (ECONNREFUSED)'),
    });
    expect(await run('server', ['dance'])).toMatchObject({ code: 64 });
    expect(await run('server', [...serverArgs(), '--database-url', `postgres://x:${DATABASE_PASSWORD}@h/d`])).toMatchObject({ code: 64 });
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => taken.once('listening', done));
    const { port } = taken.address() as { port: number };
    expect(await run('signer', lonely(1, `127.0.0.1:${port}`))).toMatchObject({ code: 69, err: expect.stringContaining('choose another address') });
    await new Promise((done) => taken.close(done));
    expect(await run('server', ['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('genesis-draft') });
    expect(await run('signer', ['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^quorate-signer \d/) });
  });
});

describe('a signer without a broker', () => {
  test('is alive and not ready, is alone in its folder, and ends well at a signal', { timeout: 120_000 }, async () => {
    const first = launch('signer', lonely(1, '127.0.0.1:0'));
    await first.line('waiting for the broker');
    const { port } = JSON.parse(await first.line('health listener open')) as { port: number };
    const at = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });
    expect((await at('/livez')).status).toBe(200);
    const readyz = await at('/readyz');
    expect(readyz.status).toBe(503);
    expect(await readyz.json()).toMatchObject({ ready: false, checks: { broker: 'does not answer', keys: 'ok' } });
    expect((await at('/readyz', 'POST')).status).toBe(405);
    expect(await (await at('/metrics')).text()).toMatch(/^quorate_signer_broker_connected 0$/m);
    expect((await at('/other')).status).toBe(404);

    expect(await run('signer', lonely(1))).toMatchObject({ code: 69, err: expect.stringContaining('stop that signer first') });
    expect(await run('signer', ['clear-failed-sessions', '--data-dir', made.signer(1)])).toMatchObject({ code: 69 });
    expect(await stop(first, 'SIGTERM')).toBe(0);

    const second = launch('signer', lonely(1));
    await second.line('waiting for the broker');
    expect(await stop(second, 'SIGINT')).toBe(0);
    for (const line of (await second.ended).out.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ name: 'quorate-signer' });
  });

  test('that was killed starts again on its folder', async () => {
    const killed = launch('signer', lonely(2));
    await killed.line('waiting for the broker');
    expect(await stop(killed, 'SIGKILL')).toBeNull();
    const again = launch('signer', lonely(2));
    await again.line('waiting for the broker');
    expect(await stop(again)).toBe(0);
  });

  test('has an audit trail that is written out and verified, and one changed byte of it is found', async () => {
    const trail = join(dir, 'trail.jsonl');
    const own = ['--data-dir', made.signer(1), ...network()];
    await good('signer', ['audit-export', ...own, '--out', trail]);
    expect((await run('signer', ['audit-export', ...own, '--out', trail])).code).toBe(69);
    const card = JSON.parse((await good('signer', ['card', '--data-dir', made.signer(1)])).out) as { identityKey: string };
    const verify = (path: string) => run('signer', ['audit-verify', ...own, '--trail', path, '--signer', card.identityKey]);
    expect(await verify(trail)).toMatchObject({ code: 0, out: expect.stringContaining('"holds": true') });
    const changed = join(dir, 'changed.jsonl');
    await writeFile(changed, (await readFile(trail, 'utf8')).replace(/"actNumber":0/, '"actNumber":1'));
    expect(await verify(changed)).toMatchObject({ code: 1, out: expect.stringContaining('"holds": false') });
  });

  test('tells its operator about conflicts and failed sessions, and prepares a rotation', async () => {
    const own = ['--data-dir', made.signer(1)];
    for (const command of ['conflicts', 'failed-sessions', 'clear-double-acknowledgement', 'clear-failed-sessions', 'clear-put-back']) {
      expect(await run('signer', [command, ...own])).toMatchObject({ code: 0, out: '[]\n' });
    }
    expect(await run('signer', ['conflicts', '--data-dir', join(dir, 'stranger')])).toMatchObject({ code: 65 });
    const act = JSON.parse((await good('signer', ['rotate', ...own, ...network()])).out) as { method: string; path: string; body: object };
    expect(act).toMatchObject({ method: 'PUT', path: expect.stringMatching(/^\/signers\/.+\/keys$/), body: { proof: expect.any(String) } });
  });
});

describe('a backup', () => {
  const config = (): string => join(dir, 'signer-1.yaml');
  const open = (command: 'drill' | 'restore', folder: string, ...more: readonly string[]) =>
    run('signer', [command, '--config', config(), '--data-dir', folder, '--key', join(dir, 'recovery.key'), ...more]);

  test('is made, proven and put back by commands that read the signer’s own configuration', { timeout: 120_000 }, async () => {
    const madeKey = await good('signer', ['backup-key', '--out', join(dir, 'recovery.key')]);
    expect((await good('signer', ['backup-key', '--key', join(dir, 'recovery.key')])).out).toBe(madeKey.out);
    const settings = {
      dataDir: 'signer-1',
      founding: 'founding.json',
      genesisHash: made.genesisHash,
      backupTo: madeKey.out.trim(),
      broker: ['127.0.0.1:9'],
      brokerCa: 'ca.pem',
    };
    // JSON is YAML.
    await writeFile(config(), JSON.stringify({ ...settings, servers: ['server-card.json'] }));
    const out = join(dir, 'signer-1.backup');
    const header = JSON.parse((await good('signer', ['backup', '--config', config(), '--out', out])).out) as { signerId: string; genesisHash: string };
    expect(header.genesisHash).toBe(made.genesisHash);
    expect(await run('signer', ['backup', '--config', config(), '--out', out])).toMatchObject({ code: 65, err: expect.stringContaining('is there already') });
    const mistyped = madeKey.out.trim().replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    expect(await run('signer', ['backup', '--config', config(), '--backup-to', mistyped, '--out', `${out}-2`])).toMatchObject({
      code: 78,
      err: expect.stringContaining('backupTo (--backup-to) is not what'),
    });

    const proven = await open('drill', made.signer(1), '--from', out);
    expect({ ...proven, out: JSON.parse(proven.out) }).toMatchObject({ code: 0, out: { holds: true, findings: [], backup: { signerId: header.signerId } } });
    expect(JSON.parse(await readFile(join(made.signer(1), 'drill.json'), 'utf8'))).toEqual({ at: expect.any(Number) });
    expect(await open('drill', made.signer(2), '--from', out)).toMatchObject({ code: 1, err: expect.stringContaining('(backup/foreign)') });

    const folder = join(dir, 'put-back');
    expect(await open('restore', made.signer(1), '--from', out)).toMatchObject({ code: 65, err: expect.stringContaining('is not empty') });
    expect(await open('restore', folder, '--from', out, '--genesis-hash', '00'.repeat(32))).toMatchObject({ code: 65 });
    expect(await open('restore', folder, '--from', join(dir, 'ca.pem'))).toMatchObject({ code: 65, err: expect.stringContaining('(backup/malformed)') });
    expect(await open('restore', folder, '--from', out, '--signer', header.signerId)).toMatchObject({
      code: 0,
      err: expect.stringContaining('never runs again'),
    });
    expect(await readFile(join(folder, 'signer.key'))).toEqual(await readFile(join(made.signer(1), 'signer.key')));
    expect(await run('signer', ['start', '--check', '--config', config(), '--data-dir', folder])).toMatchObject({ code: 0 });
  });

  test('that is cut is told apart, with what to do, and ends with 1', async () => {
    const cut = join(dir, 'cut.backup');
    const whole = await readFile(join(dir, 'signer-1.backup'));
    await writeFile(cut, whole.subarray(0, whole.length / 2));
    expect(await open('drill', made.signer(1), '--from', cut)).toMatchObject({ code: 1, err: expect.stringContaining('copy it again from where it was made') });
    expect(await open('drill', made.signer(1), '--from', join(dir, 'signer-1.backup'))).toMatchObject({ code: 0 });
  });
});

test('every command of a signer reads the configuration file', async () => {
  const config = ['--config', join(dir, 'signer-1.yaml')];
  expect(await run('signer', ['card', ...config])).toMatchObject({ code: 0 });
  expect(await run('signer', ['rotate', ...config])).toMatchObject({ code: 0 });
  expect(await run('signer', ['conflicts', ...config])).toMatchObject({ code: 0 });
  await writeFile(join(dir, 'wrong.yaml'), `dataDir: signer-1\ncolour: red\n`);
  expect(await run('signer', ['card', '--config', join(dir, 'wrong.yaml')])).toMatchObject({
    code: 78,
    err: expect.stringContaining('"colour", which is no setting'),
  });
});

test('nothing that any daemon has printed holds a secret', async () => {
  const keys = JSON.parse(await readFile(join(made.server, 'server-keys.json'), 'utf8')) as { link: Record<string, string>; token: string };
  const seeds = await Promise.all([made.server, ...[1, 2, 3].map(made.signer)].map((folder) => readFile(join(folder, 'broker.nkey'), 'utf8')));
  const keyFiles = await Promise.all([1, 2, 3].map((number) => readFile(join(made.signer(number), 'signer.key'))));
  const secrets = [
    DATABASE_PASSWORD,
    ...seeds.map((seed) => seed.trim()),
    ...[...Object.values(keys.link), keys.token].map((pem) => pem.split('\n')[1] ?? ''),
    (await readFile(join(dir, 'recovery.key'), 'utf8')).trim(),
    ...keyFiles.flatMap((key) => [key.toString('hex'), key.toString('base64'), key.toString('base64url')]),
  ];
  const printed = everything.join('');
  expect(printed).toContain(made.genesisHash);
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(16);
    expect(printed.includes(secret)).toBe(false);
  }
});
