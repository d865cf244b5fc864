import { nextHead } from '@quorate/authority';
import { b64url, CHALLENGE_LIFETIME_MS, Evidence, payloadHashOf, utf8 } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import { hash, newNetwork, type TestSigner } from './network.test-kit.ts';
import { verifyCertified } from './verify-certified.ts';

const network = newNetwork();
const { genesis, genesisHash, signers } = network;
const trust = { genesis, genesisHash };
const payload = '{"exportEnabled":true}';
const evidence = Evidence.parse({
  statement: {
    v: '1',
    genesisHash,
    headNumber: '4',
    headHash: hash(),
    orgId: genesis.orgId,
    userId: genesis.administrators[0]?.userId,
    tokenId: '',
    method: 'PUT',
    path: '/organisation/settings',
    payloadHash: payloadHashOf(payload),
    nonce: hash(),
    issuedAt: '1795339200000',
    expiresAt: String(1_795_339_200_000 + CHALLENGE_LIFETIME_MS),
  },
  payload,
  kind: 'Key',
  credId: 'cred-admin',
  clientData: b64url.encode(utf8.encode('{}')),
  signature: b64url.encode(new Uint8Array(64)),
});
const head = nextHead({ head: { number: 4, hash: evidence.statement.headHash } }, evidence).hash;
const ackOf = (signer: TestSigner, change: object = {}) =>
  signer.sign('ack', { genesisHash, orgId: genesis.orgId, number: 5, head, time: 1_795_339_201_000, ...change });
const good = { number: 5, head, stored: 3, signers: 5, acks: signers.slice(0, 3).map((signer) => ackOf(signer)) };

test('a quorum that acknowledged the caller’s own act', async () => {
  expect(await verifyCertified(trust, good, evidence)).toEqual({ number: 5, head, signers: signers.slice(0, 3).map(({ id }) => id), ownAct: true });
});

test('with acts in between, or without the evidence, it is certified but not known to be the caller’s', async () => {
  expect((await verifyCertified(trust, good)).ownAct).toBe(false);
  const later = { ...good, number: 7, acks: signers.slice(2).map((signer) => ackOf(signer, { number: 7 })) };
  expect((await verifyCertified(trust, later, evidence)).ownAct).toBe(false);
});

describe('what is no certificate', () => {
  const [first, second, third] = good.acks as [object, object, object];
  test.each<[string, object | undefined]>([
    ['none at all', undefined],
    ['two of three', { ...good, acks: [first, second] }],
    ['one signer three times', { ...good, acks: [first, first, first] }],
    ['a signature of someone else', { ...good, acks: [first, second, { ...third, signature: (first as { signature: string }).signature }] }],
    ['acknowledgements of another head', { ...good, acks: signers.map((signer) => ackOf(signer, { head: hash() })) }],
    ['acknowledgements of another number', { ...good, acks: signers.map((signer) => ackOf(signer, { number: 4 })) }],
    ['acknowledgements of another organisation', { ...good, acks: signers.map((signer) => ackOf(signer, { genesisHash: hash() })) }],
    ['signers of another roster', { ...good, acks: newNetwork().signers.map((signer) => ackOf(signer)) }],
    ['rubbish', { ...good, acks: [null, 1, 'x', {}, first, second] }],
  ])('%s', async (_, certified) => {
    await expect(verifyCertified(trust, certified as typeof good, evidence)).rejects.toMatchObject({ code: 'authority/uncertified' });
    await expect(verifyCertified(trust, good, evidence)).resolves.toMatchObject({ ownAct: true });
  });

  test('another act than the one signed, however well certified', async () => {
    const other = hash();
    const certified = { ...good, head: other, acks: signers.map((signer) => ackOf(signer, { head: other })) };
    await expect(verifyCertified(trust, certified, evidence)).rejects.toMatchObject({ code: 'authority/conflict' });
    const older = { ...good, number: 4, acks: signers.map((signer) => ackOf(signer, { number: 4 })) };
    await expect(verifyCertified(trust, older, evidence)).rejects.toMatchObject({ code: 'authority/conflict' });
  });
});
