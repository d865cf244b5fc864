import { generateKeyPairSync } from 'node:crypto';
import { b64url, CHALLENGE_LIFETIME_MS, CLOCK_ALLOWANCE_MS, deriveCredentialId, deriveId, type Evidence } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import { genesisState, verifyEvidence } from './index.ts';
import { act, type Actor, evidenceOf, NOW, newActor, newOrganisation, post } from './organisation.test-kit.ts';

const org = newOrganisation();
const { state, administrator } = org;
const ask = post('/permissions', { name: 'readers', operations: ['Wallets:Read'] });
const good = (): Evidence => evidenceOf(state, administrator, ask);
const verify = (evidence: Evidence, now = NOW) => verifyEvidence(state, evidence, { now });
const refused = (code: string) => expect.objectContaining({ name: 'Refusal', code });

describe('evidence', () => {
  test('of an administrator verifies and is read as the command that was signed', async () => {
    const verified = await verify(good());
    expect(verified.command.endpoint.name).toBe('permissions.createPermission');
    expect(verified.command.body).toEqual({ name: 'readers', operations: ['Wallets:Read'] });
    expect(verified.user.id).toBe(administrator.userId);
  });

  test.each([
    ['payload', (e: Evidence) => ({ ...e, payload: e.payload.replace('Read', 'Update') }), 'action/mismatch'],
    ['method', (e: Evidence) => ({ ...e, statement: { ...e.statement, method: 'PUT' as const } }), 'action/mismatch'],
    ['path', (e: Evidence) => ({ ...e, statement: { ...e.statement, path: '/wallets' } }), 'action/mismatch'],
    ['nonce', (e: Evidence) => ({ ...e, statement: { ...e.statement, nonce: '0'.repeat(64) } }), 'action/mismatch'],
    ['user', (e: Evidence) => ({ ...e, statement: { ...e.statement, userId: newActor().userId } }), 'action/credential-unknown'],
    ['token', (e: Evidence) => ({ ...e, statement: { ...e.statement, tokenId: deriveId('to', 0, 'x') } }), 'action/credential-unknown'],
    ['credential', (e: Evidence) => ({ ...e, credId: newActor().credId }), 'action/credential-unknown'],
    ['organisation', (e: Evidence) => ({ ...e, statement: { ...e.statement, orgId: newOrganisation().genesis.orgId } }), 'authority/foreign'],
    ['genesis', (e: Evidence) => ({ ...e, statement: { ...e.statement, genesisHash: newOrganisation().state.genesisHash } }), 'authority/foreign'],
    ['head', (e: Evidence) => ({ ...e, statement: { ...e.statement, headHash: 'ab'.repeat(32) } }), 'authority/head-unknown'],
    ['head number', (e: Evidence) => ({ ...e, statement: { ...e.statement, headNumber: '7' } }), 'authority/behind'],
    [
      'signature',
      (e: Evidence) => ({ ...e, signature: b64url.encode(b64url.decode(e.signature).map((byte, i) => (i === 3 ? byte ^ 1 : byte))) }),
      'action/signature-invalid',
    ],
    [
      'type of client data',
      (e: Evidence) => ({ ...e, clientData: b64url.encode(new TextEncoder().encode('{"type":"key.create","challenge":"x"}')) }),
      'action/client-data-invalid',
    ],
  ])('with another %s is refused', async (_, change, code) => {
    await expect(verify(change(good()))).rejects.toEqual(refused(code));
    await expect(verify(good())).resolves.toBeDefined();
  });

  test('outside its life by the reader’s clock is refused, at its edges it is not', async () => {
    const evidence = good();
    const end = CHALLENGE_LIFETIME_MS + CLOCK_ALLOWANCE_MS;
    await expect(verify(evidence, NOW + end)).resolves.toBeDefined();
    await expect(verify(evidence, NOW - CLOCK_ALLOWANCE_MS)).resolves.toBeDefined();
    await expect(verify(evidence, NOW + end + 1)).rejects.toEqual(refused('action/expired'));
    await expect(verify(evidence, NOW - CLOCK_ALLOWANCE_MS - 1)).rejects.toEqual(refused('action/expired'));
  });

  test('that gives itself a longer life is refused', async () => {
    const evidence = evidenceOf(state, administrator, { ...ask, change: (s) => ({ ...s, expiresAt: String(NOW + 10 * CHALLENGE_LIFETIME_MS) }) });
    await expect(verify(evidence)).rejects.toEqual(refused('action/expired'));
  });

  test('signed by another user’s credential is refused', async () => {
    const mallory = newActor();
    const evidence = evidenceOf(state, { ...mallory, userId: administrator.userId, credId: administrator.credId }, ask);
    await expect(verify(evidence)).rejects.toEqual(refused('action/signature-invalid'));
  });
});

describe('key types of credentials (contract §2.3)', () => {
  test.each([
    ['Ed25519', () => generateKeyPairSync('ed25519')],
    ['P-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['secp256k1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' })],
    ['RSA 2048', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('%s signs user actions, and nothing else verifies in its place', async (name, make) => {
    const pair = make();
    const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { state: next, record } = await act(org, state, administrator, post('/auth/service-accounts', { name, publicKey }));
    const challenge = (await verifyEvidence(next, record.evidence, { freshness: 'waived' })).challenge;
    const actor: Actor = { userId: deriveId('us', 0, challenge), credId: deriveCredentialId(0, challenge), privateKey: pair.privateKey, publicKey };
    const evidence = evidenceOf(next, actor, post('/wallets', { network: 'KeyECDSA' }));
    await expect(verifyEvidence(next, evidence, { now: NOW })).resolves.toMatchObject({ user: { name } });
    const other = evidenceOf(next, { ...actor, privateKey: make().privateKey }, post('/wallets', { network: 'KeyECDSA' }));
    await expect(verifyEvidence(next, other, { now: NOW })).rejects.toEqual(refused('action/signature-invalid'));
  });

  test('a genesis whose administrator has a weak key is refused', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const [first] = org.genesis.administrators;
    const weak = {
      ...org.genesis,
      administrators: [{ ...first, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() }],
    } as typeof org.genesis;
    expect(() => genesisState(weak)).toThrow(refused('credential/weak-key'));
    expect(genesisState(org.genesis).users.size).toBe(1);
  });
});
