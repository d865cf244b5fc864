/**
 * Passkeys against a server that lies, a website that fishes for them, and a thief with a copy of one. Real signers; the
 * test is the server, with an authenticator in software.
 */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { readTrailOfStore } from '@quorate/signer';
import { b64url, challengeOf, type CredentialInfo, deriveCredentialId, deriveId, type Evidence, isRefusal, type UserId } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Actor, newKey } from '../../packages/authority/src/organisation.test-kit.ts';
import {
  type Authenticator,
  coseKeyOf,
  createAuthenticator,
  type Misbehaviour,
  signedByPasskey,
  USER_PRESENT,
} from '../../packages/authority/src/passkey.test-kit.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

let net: SignersOnly;
/** A person with a key and the right to make permissions. */
let person: Actor;
let passkey: Authenticator;

beforeAll(async () => {
  net = await startSigners();
  person = await newPerson();
  passkey = createAuthenticator();
  await net.act(person, adding(passkey.create('from the server')));
});
afterAll(() => net[Symbol.asyncDispose]());

let named = 0;
const post = (path: string, body: unknown) => ({ method: 'POST' as const, path, payload: JSON.stringify(body) });
const permission = () => post('/permissions', { name: `reader ${++named}`, operations: ['Wallets:Read'] });
const adding = (credentialInfo: CredentialInfo) =>
  post('/auth/credentials', { challengeIdentifier: 'x', credentialName: 'passkey', credentialKind: 'Fido2', credentialInfo });

async function newPerson(): Promise<Actor> {
  const key = newKey();
  const { evidence } = await net.act(
    net.administrator,
    post('/auth/users', { email: `person-${++named}@example.org`, kind: 'CustomerEmployee', publicKey: key.publicKey }),
  );
  const challenge = challengeOf(evidence.statement);
  const userId = deriveId('us', 0, challenge);
  const made = await net.act(
    net.administrator,
    post('/permissions', { name: `maker ${++named}`, operations: ['Permissions:Create', 'Permissions:Assign', 'Wallets:Read'] }),
  );
  const permissionId = deriveId('pm', 0, challengeOf(made.evidence.statement));
  await net.act(net.administrator, post(`/permissions/${permissionId}/assignments`, { identityId: userId }));
  return { userId: userId as UserId, credId: deriveCredentialId(0, challenge), ...key };
}

/** What all signers say to this act: the one code that each of them refuses it with. */
async function refusedBy(evidence: Evidence): Promise<string> {
  const replies = await net.callAll('act', { number: net.state().head.number + 1, evidence, acks: [] });
  const codes = new Set(replies.map((reply) => (reply.status === 'fulfilled' ? 'ok' : isRefusal(reply.reason) ? reply.reason.code : String(reply.reason))));
  return [...codes].join();
}
const byPasskey = (wrong: Misbehaviour = {}, asked = permission()): Evidence => signedByPasskey(net.evidence(person, asked), passkey, wrong);
/** The same passkey, asked for by nobody else, acts. */
const acts = async (): Promise<void> => {
  const { number } = net.state().head;
  await net.commit(byPasskey());
  expect(net.state().head.number).toBe(number + 1);
};

test('a website that shows the organisation’s challenge to its visitor, to act with the passkey it gets', async () => {
  expect(await refusedBy(byPasskey({ origin: 'https://quorate.evil.example' }))).toBe('passkey/origin');
  expect(await refusedBy(byPasskey({ origin: 'http://localhost:8080' }))).toBe('passkey/origin');
  await acts();
});

test('a website that frames the console, to have its visitor sign without seeing where', async () => {
  expect(await refusedBy(byPasskey({ client: { crossOrigin: true, topOrigin: 'https://evil.example' } }))).toBe('action/client-data-invalid');
  await acts();
});

test('an application of another relying party with the same key, to sign for this one', async () => {
  expect(await refusedBy(byPasskey({ rpId: 'evil.example' }))).toBe('passkey/relying-party');
  await acts();
});

test('a thief of an unlocked key fob who cannot tell its PIN, to act with a touch alone', async () => {
  expect(await refusedBy(byPasskey({ flags: USER_PRESENT }))).toBe('passkey/user-verification');
  expect(await refusedBy(byPasskey({ flags: 0 }))).toBe('passkey/user-verification');
  await acts();
});

test('a server that has a registration signed, to pass it off as a request', async () => {
  expect(await refusedBy(byPasskey({ type: 'webauthn.create' }))).toBe('action/client-data-invalid');
  await acts();
});

test('a server that mixes two assertions of one passkey, to have another request done', async () => {
  const wanted = byPasskey();
  const evil = byPasskey({}, post('/permissions', { name: `evil ${++named}`, operations: ['Wallets:Read'] }));
  expect(await refusedBy({ ...wanted, statement: evil.statement, payload: evil.payload })).toBe('action/mismatch');
  expect(await refusedBy({ ...evil, authenticatorData: wanted.authenticatorData as string })).toBe('action/signature-invalid');
  const { authenticatorData: _, ...without } = evil;
  expect(await refusedBy(without)).toBe('passkey/authenticator-data');
  await net.commit(wanted);
});

test('a server that passes one kind of credential off as the other, to get around the rules of passkeys', async () => {
  const byKey = net.evidence(person, permission());
  expect(await refusedBy({ ...byKey, kind: 'Fido2', authenticatorData: byPasskey().authenticatorData as string })).toBe('action/credential-unknown');
  const { authenticatorData: _, ...bare } = byPasskey();
  expect(await refusedBy({ ...bare, kind: 'Key' })).toBe('action/credential-unknown');
  expect(await refusedBy({ ...bare, kind: 'PasswordProtectedKey' })).toBe('action/credential-unknown');
  await net.commit(byKey);
  await acts();
});

test('a server that adds bytes to what an authenticator says, to make two acts of one', async () => {
  const good = byPasskey();
  const data = b64url.decode(good.authenticatorData as string);
  expect(await refusedBy({ ...good, authenticatorData: b64url.encode(Uint8Array.of(...data, 0)) })).toBe('passkey/authenticator-data');
  await net.commit(good);
});

test('a client that registers a passkey with a weak key, or under another’s credential id, to have it stand in the acts', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const fresh = createAuthenticator({ algorithm: 'RS256' });
  const add = (credentialInfo: CredentialInfo): Evidence => net.evidence(person, adding(credentialInfo));
  expect(await refusedBy(add(fresh.create('c', { coseKey: coseKeyOf('RS256', publicKey) })))).toBe('credential/weak-key');
  expect(await refusedBy(add({ ...fresh.create('c'), credId: passkey.credId }))).toBe('credential/attestation');
  expect(await refusedBy(add(fresh.create('c', { origin: 'https://evil.example' })))).toBe('passkey/origin');
  expect(await refusedBy(add(passkey.create('c')))).toBe('credential/duplicate');
  await net.commit(add(fresh.create('c')));
  await net.commit(signedByPasskey(net.evidence(person, permission()), fresh));
});

test('a thief with a copy of an authenticator, to stay unnoticed: each signer does as it says and writes down that there are two', async () => {
  await acts();
  const highest = passkey.counter;
  const warnings = (i: number): unknown[] =>
    readTrailOfStore(join(net.dir(i), 'signer.db'), net.ids[i] as (typeof net.ids)[number])
      .rows.filter(({ event }) => event === 'passkey counter ran backwards')
      .map(({ detail }) => JSON.parse(detail));
  const before = net.ids.map((_, i) => warnings(i).length);
  const copied = byPasskey({ counter: highest });
  await net.commit(copied);
  const challenge = challengeOf(copied.statement);
  for (const i of net.ids.keys()) expect(warnings(i).slice(before[i])).toEqual([{ credId: passkey.credId, counter: highest, highest, challenge }]);
  // The owner's own goes on counting, and nobody is warned of it.
  passkey.counter = highest;
  await acts();
  for (const i of net.ids.keys()) expect(warnings(i)).toHaveLength((before[i] ?? 0) + 1);
});
