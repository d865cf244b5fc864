/**
 * The configuration of nats-server for a network: who may log in, and what each may say and hear. The same plan gives the
 * same text at every broker but for its own name, addresses and files.
 *
 * @module
 */
import { defaultLimits } from '../limits.ts';
import { isUserKey } from './nkey.ts';
import { subjectsOf } from './subjects.ts';

export interface BrokerParty {
  readonly id: string;
  /** Public, `U…`. */
  readonly nkey: string;
}

/** Paths on the broker's machine, PEM. */
export interface BrokerFiles {
  readonly cert: string;
  readonly key: string;
  /** Of whoever certifies the other side. */
  readonly ca: string;
}

export interface Broker {
  /** Letters, digits, `-` and `_`. */
  readonly name: string;
  /** Where it listens for parties: an address and a port. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: BrokerFiles;
  /** Needed where there are several brokers. `host` is what the others call it by, and listens on all addresses unless `bind` is there. */
  readonly route?: { readonly host: string; readonly port: number; readonly bind?: string; readonly tls: BrokerFiles };
  /** A port on the loopback interface for health and metrics; none without it. */
  readonly monitorPort?: number;
}

export interface BrokerPlan {
  /** Genesis hash, lower-case hex. */
  readonly network: string;
  readonly parties: readonly BrokerParty[];
  readonly brokers: readonly Broker[];
  /** Whether parties must show a certificate too. @default false */
  readonly clientCertificates?: boolean;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const HOST = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are refused
const FILE = /^[^"\\\x00-\x1f\x7f]{1,1024}$/;
const NOTE = '# Made by Quorate. Make it anew instead of changing it: see docs/contract.md §15.6.';

/** The text for each broker, by name. @throws {TypeError} when the plan is not one, with a sentence that says why */
export function brokerConfigs(plan: BrokerPlan): ReadonlyMap<string, string> {
  check(plan);
  return new Map(plan.brokers.map((broker) => [broker.name, configOf(plan, broker)]));
}

function check({ network, parties, brokers, clientCertificates = false }: BrokerPlan): void {
  const must = (holds: boolean, sentence: string): void => {
    if (!holds) throw new TypeError(sentence);
  };
  const unique = (values: readonly string[]): boolean => new Set(values).size === values.length;
  const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;
  must(/^[0-9a-f]{64}$/.test(network), 'the network is named by its genesis hash: 64 lower-case hex digits');
  must(parties.length > 0 && unique(parties.map(({ id }) => id)), 'there must be parties, each named once');
  must(
    parties.every(({ nkey }) => isUserKey(nkey)),
    'each party needs the public nkey of a user: U and 55 more characters',
  );
  must(unique(parties.map(({ nkey }) => nkey)), 'two parties have the same nkey: each could speak as the other');
  must(brokers.length > 0 && unique(brokers.map(({ name }) => name)), 'there must be brokers, each with a name of its own');
  for (const { name, listen, tls, route, monitorPort } of brokers) {
    must(NAME.test(name), 'a broker’s name has letters, digits, - and _ only');
    const hosts = [listen.host, ...(route === undefined ? [] : [route.host, route.bind ?? '0.0.0.0'])];
    const ports = [listen.port, ...(route === undefined ? [] : [route.port]), ...(monitorPort === undefined ? [] : [monitorPort])];
    must(
      hosts.every((host) => HOST.test(host)),
      `broker ${name}: a host is a name or an address`,
    );
    must(ports.every(isPort) && unique(ports.map(String)), `broker ${name}: its ports must be different numbers from 1 to 65535`);
    const files = [tls, ...(route === undefined ? [] : [route.tls])].flatMap(({ cert, key, ca }) => [cert, key, ca]);
    must(
      files.every((file) => FILE.test(file)),
      `broker ${name}: a path has no quotes, backslashes or control characters`,
    );
    must(brokers.length === 1 || route !== undefined, `broker ${name}: several brokers need routes between them`);
    must(
      !clientCertificates || route === undefined || route.tls.ca !== tls.ca,
      `broker ${name}: routes need a certificate authority of their own, or every party could pass for a broker`,
    );
  }
}

function configOf({ network, parties, brokers, clientCertificates = false }: BrokerPlan, broker: Broker): string {
  const { name, listen, tls, route, monitorPort } = broker;
  const lines = [
    NOTE,
    `server_name: ${quoted(name)}`,
    `listen: ${quoted(`${listen.host}:${listen.port}`)}`,
    ...(monitorPort === undefined ? [] : [`http: ${quoted(`127.0.0.1:${monitorPort}`)}`]),
    '',
    `max_payload: ${defaultLimits.envelopeBytes}`,
    'max_pending: 67108864',
    'max_connections: 8192',
    'max_subscriptions: 8',
    'write_deadline: "10s"',
    'ping_interval: "10s"',
    'ping_max: 2',
    'no_sys_acc: true',
    'debug: false',
    'trace: false',
    '',
    ...tlsBlock('', tls, clientCertificates),
    '',
    'authorization {',
    '  timeout: 5',
    '  users: [',
    ...[...parties].sort((a, b) => (a.nkey < b.nkey ? -1 : 1)).flatMap((party) => userLines(network, party)),
    '  ]',
    '}',
  ];
  if (route !== undefined) {
    const others = brokers.flatMap((other) => (other.name === name || other.route === undefined ? [] : [other.route]));
    lines.push(
      '',
      'cluster {',
      `  name: ${quoted(`quorate-${network.slice(0, 32)}`)}`,
      `  listen: ${quoted(`${route.bind ?? '0.0.0.0'}:${route.port}`)}`,
      '  no_advertise: true',
      ...tlsBlock('  ', route.tls, true),
      '  routes: [',
      ...others.map(({ host, port }) => `    ${quoted(`nats-route://${host}:${port}`)}`),
      '  ]',
      '}',
    );
  }
  return `${lines.join('\n')}\n`;
}

function tlsBlock(indent: string, { cert, key, ca }: BrokerFiles, verify: boolean): string[] {
  const inside = [`cert_file: ${quoted(cert)}`, `key_file: ${quoted(key)}`, `ca_file: ${quoted(ca)}`, `verify: ${verify}`, 'timeout: 5'];
  return [`${indent}tls {`, ...inside.map((line) => `${indent}  ${line}`), `${indent}}`];
}

/** What is not allowed is forbidden: replies, inboxes and the system's own subjects with it. */
function userLines(network: string, { id, nkey }: BrokerParty): string[] {
  const { inbox, outbox } = subjectsOf(network, id);
  return [`    { nkey: ${quoted(nkey)}, permissions: { publish: { allow: [${quoted(outbox)}] }, subscribe: { allow: [${quoted(inbox)}] } } }`];
}

/** Everything that stands in quotes was checked to need no escapes. */
const quoted = (text: string): string => `"${text}"`;
