import { mkdtempSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Broker, type BrokerPlan, brokerConfigs } from './broker-config.ts';
import { brokersMissing, complaintOf, makeAuthority, makeCertificate, titled } from './brokers.test-kit.ts';
import { generateNkey } from './nkey.ts';
import { writeBrokerConfigs } from './write-broker-configs.ts';

const network = 'a1'.repeat(32);
const nkeys = ['server', 'one', 'two'].map((id) => ({ id, nkey: generateNkey().publicKey }));
const dir = mkdtempSync(join(tmpdir(), 'quorate-broker-config-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

const files = (name: string, ca: string) => ({ cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`), ca: join(dir, `${ca}.pem`) });
const broker = (i: number): Broker => ({
  name: `broker-${i}`,
  listen: { host: '0.0.0.0', port: 4222 },
  monitorPort: 8222,
  tls: files('broker', 'ca'),
  route: { host: `nats-${i}.example`, port: 6222, tls: files('route', 'routes') },
});
const plan = (more: Partial<BrokerPlan> = {}): BrokerPlan => ({ network, parties: nkeys, brokers: [1, 2, 3].map(broker), ...more });
const one = (more: Partial<Broker>): BrokerPlan => plan({ brokers: [{ ...broker(1), ...more }] });

describe('the configuration of brokers', () => {
  test('is the same text for the same plan, in whichever order the parties stand', () => {
    expect([...brokerConfigs(plan())]).toEqual([...brokerConfigs(plan({ parties: [...nkeys].reverse() }))]);
  });

  test('lets each party say what is its own and hear what is addressed to it, and nothing else', () => {
    const text = brokerConfigs(plan()).get('broker-1') ?? '';
    const rules = [...text.matchAll(/nkey: "(\w+)", permissions: \{ publish: \{ allow: \["([^"]+)"\] \}, subscribe: \{ allow: \["([^"]+)"\] \} \}/g)];
    expect(rules.map(([, nkey]) => nkey)).toEqual(nkeys.map(({ nkey }) => nkey).sort());
    for (const [, , publish = '', subscribe = ''] of rules) {
      const [own] = publish.split('.').slice(-1);
      expect(publish).toBe(`quorate.${network.slice(0, 32)}.*.${own}`);
      expect(subscribe).toBe(`quorate.${network.slice(0, 32)}.${own}.*`);
    }
    expect(text).not.toMatch(/_INBOX|\$SYS|system_account|no_auth_user|allow_responses|">"/);
    expect(text.match(/http.*/g)).toEqual(['http: "127.0.0.1:8222"']);
  });

  test('names every other broker as a route, and no routes where there is one broker', () => {
    const configs = brokerConfigs(plan());
    expect([...(configs.get('broker-2') ?? '').matchAll(/nats-route:\/\/(\S+?)"/g)].map(([, route]) => route)).toEqual([
      'nats-1.example:6222',
      'nats-3.example:6222',
    ]);
    const { route: _, ...alone } = broker(1);
    expect(brokerConfigs(plan({ brokers: [alone] })).get('broker-1')).not.toContain('cluster');
  });

  test.each([
    ['a network that is no genesis hash', plan({ network: 'mine' }), 'genesis hash'],
    ['no parties', plan({ parties: [] }), 'parties'],
    ['an nkey that two parties have', plan({ parties: nkeys.map(({ id }) => ({ id, nkey: nkeys[0]?.nkey ?? '' })) }), 'speak as the other'],
    ['a seed in place of a public key', plan({ parties: [{ id: 'x', nkey: new TextDecoder().decode(generateNkey().seed) }] }), 'public nkey'],
    ['a name that would end its quotes', one({ name: 'x"\nauthorization: {}' }), 'name'],
    ['a path that would end its quotes', one({ tls: { ...files('a', 'b'), ca: '/x"\nno_auth_user: "y' } }), 'path'],
    ['a host with more in it', one({ listen: { host: '127.0.0.1" x: "', port: 4222 } }), 'host'],
    ['one port for two things', one({ monitorPort: 4222 }), 'ports'],
    ['several brokers without routes', plan({ brokers: [1, 2].map((i) => ({ name: `b${i}`, listen: broker(i).listen, tls: broker(i).tls })) }), 'routes'],
    [
      'routes for whoever has a party’s certificate',
      { ...one({ route: { host: 'x', port: 6222, tls: files('route', 'ca') } }), clientCertificates: true },
      'pass for a broker',
    ],
  ])('is not made with %s', (_, bad, sentence) => {
    expect(() => brokerConfigs(bad)).toThrow(sentence);
    expect(brokerConfigs(plan()).size).toBe(3);
  });

  test('is written as files that change as a whole', async () => {
    const paths = await writeBrokerConfigs(plan(), join(dir, 'new'));
    expect(paths).toEqual([1, 2, 3].map((i) => join(dir, 'new', `broker-${i}.conf`)));
    await writeFile(paths[0] as string, 'old');
    await writeBrokerConfigs(plan(), join(dir, 'new'));
    expect(await readFile(paths[0] as string, 'utf8')).toBe(brokerConfigs(plan()).get('broker-1'));
    expect((await stat(paths[0] as string)).mode & 0o777).toBe(0o644);
  });

  test.skipIf(brokersMissing !== null)(titled('is taken by nats-server, with and without certificates of parties'), async () => {
    for (const authority of ['ca', 'routes']) makeAuthority(dir, authority);
    makeCertificate(dir, 'ca', 'broker');
    makeCertificate(dir, 'routes', 'route');
    for (const clientCertificates of [false, true]) {
      const paths = await writeBrokerConfigs(plan({ clientCertificates }), join(dir, `checked-${clientCertificates}`));
      expect(paths.map(complaintOf)).toEqual([null, null, null]);
    }
    const broken = join(dir, 'broken.conf');
    await writeFile(broken, 'listen: "x"\nmax_payload: nothing\n');
    expect(complaintOf(broken)).not.toBe(null);
  });
});
