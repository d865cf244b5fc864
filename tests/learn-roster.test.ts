import { type AuthorityState, genesisState } from '@quorate/authority';
import type { ActRecord } from '@quorate/wire';
import { beforeAll, describe, expect, test } from 'vitest';
import { act, acksOf, evidenceOf, newOrganisation, newSignerKeys, post, rotation } from '../packages/authority/src/organisation.test-kit.ts';
import { learnRoster, type RosterTrust, verifyCertified } from '@quorate/client';

const org = newOrganisation();
const next = newSignerKeys();
const [first] = org.signers as [(typeof org.signers)[number]];
const rotated = { ...org, signers: org.signers.map((one) => (one.id === first.id ? { id: one.id, privateKey: next.privateKey } : one)) };
const trust: RosterTrust = { genesis: org.genesis, genesisHash: org.state.genesisHash };
const records: ActRecord[] = [];
const states: AuthorityState[] = [org.state];
const permission = (name: string) => post('/permissions', { name, operations: ['Wallets:Read'] });
const last = (): AuthorityState => states.at(-1) as AuthorityState;
const tell =
  (acts: readonly unknown[], size = 2) =>
  async (after: number) => ({ acts: acts.slice(after, after + size) });

beforeAll(async () => {
  for (const [by, asked] of [
    [org, permission('one')],
    [org, rotation(org.state, first.id, next)],
    [rotated, permission('two')],
  ] as const) {
    const made = await act(by, last(), org.administrator, asked);
    records.push(made.record);
    states.push(made.state);
  }
});
/** What an act after all of these is answered with, acknowledged by these. */
function answered(by: typeof org, count = 3) {
  const evidence = evidenceOf(last(), org.administrator, permission('three'));
  const acks = acksOf(by, last(), evidence, count);
  return { evidence, certified: { number: 4, head: acks[0]?.body.head ?? '', acks } };
}

describe('the roster that a client learns', () => {
  test('is what the acts make, page by page, and goes on from where it was', async () => {
    const half = await learnRoster(trust, tell(records.slice(0, 1)));
    expect(half.head.number).toBe(1);
    const all = await learnRoster({ ...trust, roster: half }, tell(records, 1));
    expect(all.head).toEqual(last().head);
    expect(all.signerKeys.get(first.id)?.last()).toMatchObject(next.keys);
  });

  test('comes from no server that leaves a rotation out, changes an act or makes one up', async () => {
    const [one, two, three] = records as [ActRecord, ActRecord, ActRecord];
    const changed = { ...two, evidence: { ...two.evidence, payload: three.evidence.payload } };
    for (const acts of [
      [one, three],
      [one, changed, three],
      [one, { ...two, acks: two.acks.slice(1) }],
      [one, { number: 2 }],
    ])
      await expect(learnRoster(trust, tell(acts))).rejects.toMatchObject({ name: 'Refusal' });
    expect((await learnRoster(trust, tell(records))).head.number).toBe(3);
  });

  test('is of the genesis that is trusted, or of none', async () => {
    const foreign = genesisState(newOrganisation().genesis);
    await expect(learnRoster({ ...trust, roster: foreign }, tell(records))).rejects.toMatchObject({ code: 'genesis/invalid' });
    expect((await learnRoster({ ...trust, roster: genesisState(org.genesis) }, tell(records))).head.number).toBe(3);
  });
});

describe('a certificate of an act', () => {
  test('counts with the keys of now, and not with a replaced one', async () => {
    const roster = await learnRoster(trust, tell(records));
    const stolen = answered(org);
    await expect(verifyCertified({ ...trust, roster }, stolen.certified, stolen.evidence)).rejects.toMatchObject({ code: 'authority/uncertified' });
    const good = answered(rotated);
    expect((await verifyCertified({ ...trust, roster }, good.certified, good.evidence)).signers).toContain(first.id);
    // Without the acts the rotated signer is a stranger, and the others count.
    await expect(verifyCertified(trust, good.certified)).rejects.toMatchObject({ code: 'authority/uncertified' });
    const more = answered(rotated, 4);
    expect((await verifyCertified(trust, more.certified)).signers).not.toContain(first.id);
  });

  test('is not judged by a roster that lacks acts before it, nor taken for an act that the roster knows otherwise', async () => {
    const behind = await learnRoster(trust, tell(records.slice(0, 1)));
    const { certified, evidence } = answered(org);
    await expect(verifyCertified({ ...trust, roster: behind }, certified, evidence)).rejects.toMatchObject({ code: 'authority/behind' });
    const roster = await learnRoster(trust, tell(records));
    const other = { ...certified, number: 3 };
    await expect(verifyCertified({ ...trust, roster }, other)).rejects.toMatchObject({ code: 'authority/conflict' });
    const good = answered(rotated);
    expect((await verifyCertified({ ...trust, roster }, good.certified)).number).toBe(4);
  });
});
