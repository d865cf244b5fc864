import { Refusal, type RefusalCode, type SignerId } from '@quorate/wire';
import { expect, test } from 'vitest';
import { commonRefusal, explain } from './no-answer.ts';

const said = (id: string, code: RefusalCode) => ({ signerId: id as SignerId, refusal: new Refusal(code), silent: false });
const silent = (id: string) => ({ signerId: id as SignerId, refusal: null, silent: true });

test('one signer’s no is not the network’s', () => {
  const answers = [said('a', 'export/disabled'), said('b', 'key/retired'), silent('c')];
  expect(commonRefusal(answers, 2)).toBeNull();
  expect(commonRefusal([...answers, said('d', 'export/disabled')], 2)?.code).toBe('export/disabled');
});

test('what passes by itself is nobody’s refusal', () => {
  expect(commonRefusal([said('a', 'signers/busy'), said('b', 'signers/busy')], 2)).toBeNull();
});

test('the silent are named, and only where none is silent who said what', () => {
  expect(explain([said('a', 'signers/busy'), silent('b')], 'key/failed')).toMatchObject({ code: 'signers/unavailable', detail: { missing: ['b'] } });
  expect(explain([said('a', 'signers/busy')], 'key/failed')).toMatchObject({ code: 'key/failed', detail: { signers: { a: 'signers/busy' } } });
});
