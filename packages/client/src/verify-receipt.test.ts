import { applyRecord, genesisState, nextHead } from '@quorate/authority';
import { canonicalJson, challengeOf, deriveId, type Json, isRefusal, MAX_RECEIPT_BYTES, type Receipt, utf8, type WalletId } from '@quorate/wire';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createReceipt } from './create-receipt.ts';
import { newKey } from './network.test-kit.ts';
import { answerTo, authorizationBy, changed, newReceiptCase, NOW, type ReceiptCase } from './receipt.test-kit.ts';
import { retirementOf } from './receipt-claims.ts';
import { verifyReceipt } from './verify-receipt.ts';

let given: ReceiptCase;
let text: string;
let full: string;
const trust = () => ({ genesis: given.network.genesis, genesisHash: given.network.genesisHash });
const verify = (receipt: string | Uint8Array) => verifyReceipt(receipt, given.network.genesisHash, { now: NOW });
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => (isRefusal(error) ? error.code : `${error}`),
  );
const write = (receipt: unknown): string => canonicalJson(receipt as Json);

beforeAll(async () => {
  given = await newReceiptCase();
  text = await createReceipt(given.answer, trust());
  full = await createReceipt(given.answer, { ...trust(), acts: given.acts });
});

describe('a receipt', () => {
  test('says who asked, who released, how many have retired the key, and how many would have to lie', async () => {
    const { key, evidence, network } = given;
    const verified = await verify(text);
    expect(verified).toMatchObject({
      userId: evidence.statement.userId,
      credId: evidence.credId,
      keyId: key.certificate.body.keyId,
      walletId: key.certificate.body.walletId,
      publicKey: key.publicKey,
      encryptionKey: JSON.parse(evidence.payload).encryptionKey,
      head: { number: 2 },
      authority: 'signers',
      released: network.signers.map(({ id }) => id),
      retired: { of: 3, threshold: 2, wouldHaveToLie: 2 },
    });
    const proven = Object.fromEntries(verified.claims.map(({ id, proven }) => [id, proven]));
    expect(proven).toEqual({
      request: true,
      authority: true,
      unforbidden: false,
      key: true,
      released: true,
      retired: true,
      'no-other-quorum': true,
      ciphertexts: false,
      recombined: false,
      'signatures-under-way': false,
      'only-copy': false,
      time: false,
    });
    expect(verified.claims.find(({ id }) => id === 'authority')?.by).toContain('signed word of 3 of 3 signers');
  });

  test('reads the same as text and as bytes', async () => {
    expect(await verify(utf8.encode(text))).toEqual(await verify(text));
  });

  test('with the whole chain proves from the acts what the user was allowed', async () => {
    const verified = await verify(full);
    expect(verified.authority).toBe('acts');
    expect(verified.claims.find(({ id }) => id === 'authority')?.by).toContain('2 acts since the genesis');
  });

  test('signers that release a key which acts had archived or made never exportable, to have a receipt call that allowed: it says what acts say', async () => {
    const claimOf = async (before: Parameters<typeof newReceiptCase>[0]) => {
      const made = await newReceiptCase(before);
      const { genesis, genesisHash } = made.network;
      const receipt = await createReceipt(made.answer, { genesis, genesisHash, acts: made.acts });
      return (await verifyReceipt(receipt, genesisHash, { now: NOW })).claims.find(({ id }) => id === 'unforbidden');
    };
    for (const [word, method, path] of [
      ['archived', 'DELETE', ''],
      ['never exportable', 'PUT', '/never-exportable'],
    ] as const) {
      const claim = await claimOf({ before: ({ certificate }) => [[method, `/keys/${certificate.body.keyId}${path}`, {}]] });
      expect(claim?.proven).toBe(false);
      expect(claim?.by).toContain(word);
    }
    expect(await claimOf({})).toMatchObject({ proven: true });
  });

  test('tells the ciphertexts that were released from others', async () => {
    const shares = given.answer.encryptedKeyShares;
    const claim = async (shown: typeof shares) =>
      (await verifyReceipt(text, given.network.genesisHash, { now: NOW, shares: shown })).claims.find(({ id }) => id === 'ciphertexts')?.proven;
    const [first, second, ...rest] = shares;
    if (first === undefined || second === undefined) throw new Error('too few shares');
    expect(await claim([{ ...first, encryptedKeyShare: second.encryptedKeyShare }, second, ...rest])).toBe(false);
    expect(await claim(shares.slice(1))).toBe(false);
    expect(await claim(shares)).toBe(true);
  });

  test('with t of n signers behind it is one, with t − 1 it is none', async () => {
    const five = await newReceiptCase({ n: 5, threshold: 3 });
    const trusted = { genesis: five.network.genesis, genesisHash: five.network.genesisHash };
    const few = (count: number) => ({ ...five.answer, releases: five.answer.releases?.slice(0, count), tombstones: five.answer.tombstones?.slice(0, count) });
    expect(await codeOf(createReceipt(few(2), trusted))).toBe('receipt/incomplete');
    const verified = await verifyReceipt(await createReceipt(few(3), trusted), five.network.genesisHash, { now: NOW });
    expect(verified.retired).toMatchObject({ of: 5, threshold: 3, wouldHaveToLie: 1 });
    expect(verified.claims.find(({ id }) => id === 'no-other-quorum')?.claim).toBe(
      'No 3 signers can sign with the key again unless at least 1 of those 3 breaks that promise.',
    );
  });

  test('is made of what verifies, whatever rubbish stands beside it', async () => {
    const [first, ...others] = given.answer.releases ?? [];
    const noise = {
      ...given.answer,
      releases: [null, { ...(first as object), signature: 'x'.repeat(88) }, first, ...others],
      tombstones: [7, ...(given.answer.tombstones ?? [])],
    };
    const turned = {
      ...given.answer,
      releases: [...(given.answer.releases ?? [])].reverse(),
      authorizations: given.answer.authorizations.map((one) => ({ ...one, signatures: [...one.signatures].reverse() })),
    };
    expect(await createReceipt(noise, trust())).toBe(text);
    expect(await createReceipt(turned, trust())).toBe(text);
  });

  test('of an answer that has no requests or authorizations says what is missing', async () => {
    const { requests: _, authorizations, ...older } = given.answer;
    await expect(createReceipt(older, trust())).rejects.toMatchObject({ code: 'receipt/incomplete', detail: { requests: 0, needed: 2 } });
    await expect(createReceipt({ ...older, authorizations: [] }, { ...trust(), evidence: given.evidence })).rejects.toMatchObject({
      code: 'receipt/incomplete',
      detail: { requests: 1, authorizations: 0, releases: 3, tombstones: 3 },
    });
    expect(await createReceipt({ ...older, authorizations }, { ...trust(), evidence: given.evidence })).toBe(text);
  });
});

test('those who have not retired are just a quorum with as many liars as said, and never with fewer', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 16 }), fc.nat(), fc.nat(), (n, a, b) => {
      const t = Math.floor(n / 2) + 1 + (a % (n - Math.floor(n / 2)));
      const m = t + (b % (n - t + 1));
      const { wouldHaveToLie } = retirementOf(Array(m).fill('x'), n, t);
      // A quorum of everyone who has not retired and of so many liars has exactly t members.
      expect(n - m + wouldHaveToLie).toBe(t);
      expect(wouldHaveToLie).toBeGreaterThanOrEqual(1);
    }),
  );
});

describe('an attacker cannot pass off as a receipt', () => {
  const attack = async (change: Parameters<typeof changed>[1], code: string, of = text): Promise<void> => {
    expect(await codeOf(verify(write(changed(of, change))))).toBe(code);
    expect(await codeOf(verify(of))).toBe('ok');
  };

  test('one for another genesis, or with a genesis that has another hash', async () => {
    expect(await codeOf(verifyReceipt(text, '00'.repeat(32), { now: NOW }))).toBe('genesis/invalid');
    const other = await newReceiptCase();
    expect(await codeOf(verifyReceipt(text, other.network.genesisHash, { now: NOW }))).toBe('genesis/invalid');
    await attack((receipt) => {
      receipt.genesis = other.network.genesis;
    }, 'genesis/invalid');
  });

  test('one with another wallet’s certificate', async () => {
    const other = newKey(given.network);
    await attack((receipt) => {
      receipt.certificate = other.certificate;
    }, 'receipt/statement');
  });

  test('one with a certificate that not all signers signed', async () => {
    await attack((receipt) => {
      receipt.certificate.signatures.pop();
    }, 'certificate/invalid');
  });

  test('one with a swapped encryption key', async () => {
    const other = await newReceiptCase();
    const swapped = JSON.parse(other.evidence.payload).encryptionKey as string;
    await attack((receipt) => {
      receipt.evidence.payload = receipt.evidence.payload.replace(JSON.parse(given.evidence.payload).encryptionKey, swapped);
    }, 'receipt/evidence');
    await attack((receipt) => {
      for (const { body } of [receipt.authorization, ...receipt.releases, ...receipt.tombstones]) body.encryptionKey = swapped;
    }, 'receipt/statement');
  });

  test('one whose releases, tombstones or authorization are of another challenge', async () => {
    const { network, key, evidence, ask } = given;
    const head = { number: 2, hash: given.authorization.body.headHash };
    const second = ask(head, 'POST', evidence.statement.path, JSON.parse(evidence.payload));
    const { releases, tombstones } = (await answerTo(network, key, second, JSON.parse(evidence.payload))) as unknown as Receipt;
    await attack((receipt) => {
      receipt.releases = releases as never;
    }, 'receipt/statement');
    await attack((receipt) => {
      receipt.tombstones = tombstones as never;
    }, 'receipt/statement');
    await attack((receipt) => {
      receipt.evidence = second as never;
    }, 'receipt/statement');
  });

  test('one with a quorum at different heads', async () => {
    const elsewhere = authorizationBy(given.network.signers, { ...given.authorization.body, headNumber: 3, headHash: 'ab'.repeat(32) });
    await attack((receipt) => {
      receipt.authorization.signatures = [receipt.authorization.signatures[0], ...elsewhere.signatures.slice(1)] as never;
    }, 'receipt/statement');
  });

  test('one at a head older than the request names', async () => {
    const older = authorizationBy(given.network.signers, { ...given.authorization.body, headNumber: 1 });
    await attack((receipt) => {
      receipt.authorization = older as never;
    }, 'receipt/statement');
  });

  test.each(['releases', 'tombstones'] as const)('one with a signer twice among the %s, out of order, or foreign', async (list) => {
    await attack((receipt) => {
      receipt[list][1] = receipt[list][0] as never;
    }, 'receipt/statement');
    await attack((receipt) => {
      receipt[list].reverse();
    }, 'receipt/statement');
    await attack((receipt) => {
      receipt[list] = receipt[list].slice(0, 1) as never;
    }, 'receipt/quorum');
    const other = await newReceiptCase();
    await attack((receipt) => {
      receipt[list][2] = { ...receipt[list][2], signerId: other.network.signers[2]?.id } as never;
    }, 'receipt/statement');
  });

  test('one whose authorization a signer signed twice, or fewer than t', async () => {
    await attack((receipt) => {
      receipt.authorization.signatures[1] = receipt.authorization.signatures[0] as never;
    }, 'receipt/statement');
    await attack((receipt) => {
      receipt.authorization.signatures = receipt.authorization.signatures.slice(0, 1);
    }, 'receipt/quorum');
  });

  test('one signed by a credential of its own', async () => {
    const other = await newReceiptCase();
    await attack((receipt) => {
      receipt.authorization.body.publicKey = other.authorization.body.publicKey;
    }, 'receipt/statement');
    await attack((receipt) => {
      receipt.evidence.signature = other.evidence.signature;
    }, 'receipt/evidence');
  });

  test('one with a release that t − 1 signers and a forger made', async () => {
    await attack((receipt) => {
      (receipt.releases[1] as { body: { ciphertextHash: string } }).body.ciphertextHash = 'ab'.repeat(32);
    }, 'receipt/statement');
  });

  test('one that says more than the user signed', async () => {
    const evidence = (change: object) => attack((receipt) => Object.assign(receipt.evidence, change), 'receipt/evidence');
    await evidence({ authenticatorData: 'AAAA' });
    await evidence({ kind: 'PasswordProtectedKey' });
    await evidence({
      clientData: `${given.evidence.clientData}${'='.repeat((4 - (given.evidence.clientData.length % 4)) % 4)}`,
      signature: `${given.evidence.signature}==`,
    });
  });

  test('one from the future', async () => {
    const at = (now: number) => codeOf(verifyReceipt(text, given.network.genesisHash, { now }));
    expect(await at(NOW - 30_001)).toBe('receipt/evidence');
    expect(await at(NOW - 30_000)).toBe('ok');
  });

  test('one with members added, in another order, twice, or numbers in another form', async () => {
    const refused = async (forged: string, code: string): Promise<void> => {
      expect(forged).not.toBe(text);
      expect(await codeOf(verify(forged))).toBe(code);
      expect(await codeOf(verify(text))).toBe('ok');
    };
    const value = JSON.parse(text) as Record<string, unknown>;
    await refused(write({ ...value, note: 'x' }), 'receipt/malformed');
    await refused(write(changed(text, (receipt) => Object.assign(receipt.releases[0]?.body ?? {}, { note: 'x' }))), 'receipt/malformed');
    await refused(JSON.stringify(Object.fromEntries(Object.entries(value).reverse())), 'receipt/not-canonical');
    await refused(text.replace('{', '{"v":"1",'), 'receipt/not-canonical');
    await refused(text.replace('"epoch":0', '"epoch":0.0'), 'receipt/not-canonical');
    await refused(text.replace('"epoch":0', '"epoch":-0'), 'receipt/not-canonical');
    await refused(text.replace('"threshold":2', '"threshold":2e0'), 'receipt/not-canonical');
    await refused(text.replace('"threshold":2', '"threshold":"2"'), 'receipt/malformed');
    await refused(text.replace('"username":"admin"', '"username":"\\u0061dmin"'), 'receipt/not-canonical');
    await refused(` ${text}`, 'receipt/not-canonical');
    await refused(`${text}\n`, 'receipt/not-canonical');
    await refused(`\ufeff${text}`, 'receipt/malformed');
    await refused(JSON.stringify(value, null, 2), 'receipt/not-canonical');
    await refused(text.replace('{', '{"__proto__":{},'), 'receipt/malformed');
  });

  test('what is no JSON, no UTF-8, too deep or too large', async () => {
    expect(await codeOf(verify(''))).toBe('receipt/malformed');
    expect(await codeOf(verify('null'))).toBe('receipt/malformed');
    expect(await codeOf(verify(Uint8Array.of(0xff)))).toBe('receipt/malformed');
    expect(await codeOf(verify('['.repeat(100_000) + ']'.repeat(100_000)))).toBe('receipt/malformed');
    expect(await codeOf(verify(' '.repeat(MAX_RECEIPT_BYTES + 1)))).toBe('receipt/too-large');
    expect(await codeOf(verify(new Uint8Array(MAX_RECEIPT_BYTES + 1)))).toBe('receipt/too-large');
    expect(await codeOf(verify('é'.repeat(MAX_RECEIPT_BYTES / 2 + 1)))).toBe('receipt/too-large');
    expect(await codeOf(verify(text))).toBe('ok');
  });
});

describe('an attacker cannot attach', () => {
  const attack = async (change: Parameters<typeof changed>[1]): Promise<void> => {
    expect(await codeOf(verify(write(changed(full, change))))).toBe('receipt/chain');
    expect(await codeOf(verify(full))).toBe('ok');
  };

  test('a truncated chain, from either end', async () => {
    await attack((receipt) => void receipt.acts?.pop());
    await attack((receipt) => void receipt.acts?.shift());
    await attack((receipt) => {
      receipt.acts = [];
    });
  });

  test('acts in another order, twice, or with other numbers', async () => {
    await attack((receipt) => void receipt.acts?.reverse());
    await attack((receipt) => void receipt.acts?.push(receipt.acts[1] as never));
    await attack((receipt) => {
      for (const act of receipt.acts ?? []) act.number += 1;
    });
  });

  test('an act that nobody acknowledged, or one acknowledgement that does not hold among those that do', async () => {
    await attack((receipt) => {
      for (const act of receipt.acts ?? []) act.acks = act.acks.slice(0, 1);
    });
    await attack((receipt) => {
      const [act] = receipt.acts ?? [];
      if (act?.acks[2] !== undefined) act.acks[2].body.time += 1;
    });
    await attack((receipt) => void receipt.acts?.[0]?.acks.reverse());
  });

  test('a changed act', async () => {
    await attack((receipt) => {
      const [act] = receipt.acts ?? [];
      if (act !== undefined) act.evidence.payload = '{"exportEnabled": true}';
    });
  });

  test('a chain in which export was never switched on', async () => {
    const off = await newReceiptCase();
    const evidence = off.ask({ number: 0, hash: off.network.genesisHash }, 'PUT', '/organisation/settings', { exportEnabled: false });
    const head = nextHead({ head: { number: 0, hash: off.network.genesisHash } }, evidence);
    const ack = { genesisHash: off.network.genesisHash, orgId: off.network.genesis.orgId, number: 1, head: head.hash, time: NOW };
    const act = { number: 1, evidence, acks: off.network.signers.map((signer) => signer.sign('ack', ack)) };
    await expect(applyRecord(genesisState(off.network.genesis), act)).resolves.toMatchObject({ settings: { exportEnabled: false } });
    // All signers lie together: their word is taken without the chain, and is not with it.
    const { path } = off.evidence.statement;
    const request = JSON.parse(off.evidence.payload);
    const asked = off.ask(head, 'POST', path, request);
    const authorization = authorizationBy(off.network.signers, {
      ...off.authorization.body,
      challenge: challengeOf(asked.statement),
      headNumber: 1,
      headHash: head.hash,
    });
    const answer = { ...(await answerTo(off.network, off.key, asked, request)), requests: [asked], authorizations: [authorization] };
    const trust = { genesis: off.network.genesis, genesisHash: off.network.genesisHash };
    const verdict = async (acts?: (typeof act)[]) =>
      codeOf(verifyReceipt(await createReceipt(answer, { ...trust, ...(acts === undefined ? {} : { acts }) }), off.network.genesisHash, { now: NOW }));
    expect(await verdict([act])).toBe('receipt/chain');
    expect(await verdict()).toBe('ok');
  });

  test('a wallet that no act has put on this key', async () => {
    const { network, key, acts, ask, evidence, authorization } = await newReceiptCase();
    const { headNumber: number, headHash: hash } = authorization.body;
    const request = JSON.parse(evidence.payload);
    const verdict = async (walletId: WalletId, withActs: boolean) => {
      const asked = ask({ number, hash }, 'POST', `/wallets/${walletId}/export`, request);
      const said = authorizationBy(network.signers, { ...authorization.body, walletId, challenge: challengeOf(asked.statement) });
      const answer = { ...(await answerTo(network, key, asked, request)), requests: [asked], authorizations: [said] };
      const given = { genesis: network.genesis, genesisHash: network.genesisHash, ...(withActs ? { acts } : {}) };
      return codeOf(verifyReceipt(await createReceipt(answer, given), network.genesisHash, { now: NOW }));
    };
    const foreign = deriveId('wa', 0, 'another key’s');
    expect(await verdict(foreign, true)).toBe('receipt/chain');
    expect(await verdict(foreign, false)).toBe('ok');
    expect(await verdict(key.certificate.body.walletId as WalletId, true)).toBe('ok');
  });
});

test('every change of a single byte of a receipt is refused', async () => {
  const bytes = utf8.encode(text);
  /** What is accepted, and what ends in anything but a refusal with a code. */
  const survivors: { at: number; is: number; outcome: string }[] = [];
  const change = async (at: number, is: number): Promise<void> => {
    const changed = bytes.slice();
    changed[at] = is;
    const outcome = await codeOf(verify(changed));
    if (!/^[a-z]+\/[a-z-]+$/.test(outcome)) survivors.push({ at, is, outcome });
  };
  const changes = [...bytes].flatMap((was, at) => [
    // A neighbour, which is often a character of the same kind; and the other case of a letter.
    () => change(at, was ^ 1),
    () => change(at, was ^ 0x20),
  ]);
  // Signatures are verified beside the event loop: several receipts at a time.
  for (let from = 0; from < changes.length; from += 64) await Promise.all(changes.slice(from, from + 64).map((make) => make()));
  expect(survivors).toEqual([]);
  expect(await codeOf(verify(bytes))).toBe('ok');
}, 600_000);

test('a byte added to a receipt, or taken from it, is refused wherever it stands', async () => {
  const bytes = utf8.encode(full);
  const places = fc.integer({ min: 0, max: bytes.length - 1 });
  await fc.assert(
    fc.asyncProperty(places, fc.integer({ min: 0x20, max: 0x7e }), async (at, byte) => {
      expect(await codeOf(verify(Uint8Array.from([...bytes.slice(0, at), byte, ...bytes.slice(at)])))).not.toBe('ok');
      expect(await codeOf(verify(Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(at + 1)])))).not.toBe('ok');
    }),
    { numRuns: 100 },
  );
  expect(await codeOf(verify(bytes))).toBe('ok');
});
