import type { ActRecord } from '@quorate/wire';
import { beforeAll, expect, test } from 'vitest';
import { applyRecord, applyRecords, type AuthorityState, verifyAcks } from './index.ts';
import { act, newActor, newOrganisation, type Organisation, post } from './organisation.test-kit.ts';

let org: Organisation;
let records: ActRecord[];
let states: AuthorityState[];

beforeAll(async () => {
  org = newOrganisation();
  records = [];
  states = [org.state];
  for (let i = 0; i < 6; i++) {
    const state = states.at(-1) as AuthorityState;
    // One of them makes a credential, so that not every signature can be asked for ahead.
    const asked =
      i === 1
        ? post('/auth/service-accounts', { name: 'worker', publicKey: newActor().publicKey })
        : post('/permissions', { name: `p ${i}`, operations: ['Wallets:Read'] });
    const made = await act(org, state, org.administrator, asked);
    records.push(made.record);
    states.push(made.state);
  }
});

test('many acts at once give what they give one by one', async () => {
  const { state, heads, fault } = await applyRecords(org.state, records);
  expect(fault).toBeNull();
  expect(heads).toEqual(states.slice(1).map(({ head }) => head));
  expect(state.permissionNames.toJS()).toEqual(states.at(-1)?.permissionNames.toJS());
});

test('an act that does not hold ends them, and those before it count', async () => {
  const third = records[2] as ActRecord;
  const [a, b] = third.acks;
  if (a === undefined || b === undefined) throw new Error('no acknowledgements');
  const bad: readonly (readonly [string, ActRecord])[] = [
    ['authority/uncertified', { ...third, acks: [a, b] }],
    ['authority/uncertified', { ...third, acks: [a, b, b] }],
    ['authority/uncertified', { ...third, acks: third.acks.map((ack) => ({ ...ack, signature: a.signature })) }],
    ['authority/conflict', { ...third, number: 4 }],
  ];
  for (const [code, record] of bad) {
    const { state, heads, fault } = await applyRecords(org.state, records.with(2, record));
    expect(fault).toMatchObject({ code });
    expect(heads).toHaveLength(2);
    expect(state.head).toEqual(states[2]?.head);
    await expect(applyRecord(states[2] as AuthorityState, record)).rejects.toMatchObject({ code });
  }
  expect((await applyRecords(states[2] as AuthorityState, records.slice(2))).state.head).toEqual(states.at(-1)?.head);
});

test('a bad acknowledgement among good ones takes nothing away', async () => {
  const first = records[0] as ActRecord;
  const [a] = first.acks;
  const forged = { ...(a as (typeof first.acks)[number]), signerId: org.signers[4]?.id as (typeof org.signers)[number]['id'] };
  const mixed = { ...first, acks: [forged, ...first.acks] };
  const head = states[1]?.head as AuthorityState['head'];
  expect(await verifyAcks(org.state, head, mixed.acks)).toHaveLength(3);
  expect((await applyRecords(org.state, [mixed])).fault).toBeNull();
});
