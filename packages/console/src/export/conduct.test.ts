import { Refusal, WalletId } from '@quorate/wire';
import { expect, test } from 'vitest';
import type { Session } from '../session.ts';
import type { Event } from './ceremony.ts';
import { conductExport } from './conduct.ts';

const walletId = WalletId.parse('wa-h1hpp-0u1u8-qrvlnrrcjlgbsft3');
const never = () => {
  throw new Error('nothing may be asked for a signature here');
};
const sessionWith = (roster: Session['roster']): Session => ({ roster, signing: never, reader: { call: never } }) as unknown as Session;

test('an export whose wallet cannot be checked asks for no signature and leaves the key alone', async () => {
  const heard: Event[] = [];
  const refusal = new Refusal('genesis/invalid');
  const conductor = conductExport({ session: sessionWith(() => Promise.reject(refusal)), walletId, emit: (event) => heard.push(event) });
  await conductor.run();
  expect(heard).toEqual([
    { kind: 'reached', task: 'check' },
    { kind: 'stopped', task: 'check', error: refusal, retiredBefore: false },
  ]);
  expect([conductor.reveal(), conductor.receipt()]).toEqual([null, null]);
  await conductor.run();
  expect(heard).toHaveLength(4);
});

test('two starts at once are one, and one that was closed says nothing more', async () => {
  const heard: Event[] = [];
  const { promise, reject } = Promise.withResolvers<never>();
  let asked = 0;
  const roster = () => {
    asked += 1;
    return promise;
  };
  const conductor = conductExport({ session: sessionWith(roster), walletId, emit: (event) => heard.push(event) });
  const runs = [conductor.run(), conductor.run()];
  conductor.close();
  reject(new Error('late'));
  await Promise.all(runs);
  await conductor.run();
  expect(asked).toBe(1);
  expect(heard).toEqual([{ kind: 'reached', task: 'check' }]);
});
