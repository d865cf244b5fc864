/**
 * Rows of wallets and keys that acts make or change: further wallets, and whose a delegated key is. They are read off the
 * certified acts, each once, so that a server that dies in between, or beside which others run, misses none.
 *
 * @module
 */
import { type AuthorityState, keyStanding, planFurtherWallet } from '@quorate/authority';
import { addressOf, networkOf } from '@quorate/chains';
import { type ActRecord, challengeOf, createWallet, delegateKey, delegateWallet, hex, isFor, type KeyId, readCommand, schemeOf } from '@quorate/wire';
import { certifiedAfter } from './acts.ts';
import { certifiedKeyOf } from './certified-key.ts';
import type { Db } from './db.ts';
import { createQueue } from './queue.ts';

export interface FollowActs {
  /** Brings the rows up to this state. */
  upTo(state: AuthorityState): Promise<void>;
}

const PAGE = 200;

export function createFollowActs(db: Db): FollowActs {
  const inTurn = createQueue();
  let known = -1;

  /** @returns the number that the rows have come to */
  const step = (state: AuthorityState): Promise<number> =>
    db.transaction().execute(async (tx) => {
      const { number } = await tx.selectFrom('followed').select('number').forUpdate().executeTakeFirstOrThrow();
      // What another server has certified since is followed with the state that it makes.
      const records = (await certifiedAfter(tx, number, PAGE)).filter((record) => record.number <= state.head.number);
      for (const record of records) await follow(tx, state, record);
      const last = records.at(-1)?.number ?? number;
      if (last > number) await tx.updateTable('followed').set({ number: last }).execute();
      return last;
    });

  return {
    async upTo(state) {
      if (known >= state.head.number) return;
      await inTurn(async () => {
        while (known < state.head.number) {
          const before = known;
          known = await step(state);
          if (known === before) return;
        }
      });
    },
  };
}

async function follow(tx: Db, state: AuthorityState, { evidence }: ActRecord): Promise<void> {
  const { statement, payload } = evidence;
  const command = readCommand({ ...statement, payload });
  if (isFor(command, delegateKey)) await delegated(tx, state, command.params.keyId);
  if (isFor(command, delegateWallet)) {
    const wallet = await tx.selectFrom('wallets').select('key_id').where('id', '=', command.params.walletId).executeTakeFirst();
    if (wallet !== undefined) await delegated(tx, state, wallet.key_id);
  }
  if (!isFor(command, createWallet)) return;
  const { id, keyId, network: name } = planFurtherWallet(command.body, challengeOf(statement));
  const key = await tx.selectFrom('keys').selectAll().where('id', '=', keyId).executeTakeFirst();
  const network = networkOf(name);
  // An act may name a key that never was, or a network that is none of its kind: no signer uses such a wallet.
  if (key === undefined || network === null || network.scheme !== schemeOf(key.scheme, key.curve)) return;
  await tx
    .insertInto('wallets')
    .values({
      id,
      key_id: keyId,
      network: network.name,
      address: addressOf(network, hex.decode(key.public_key)) ?? null,
      name: command.body.name ?? null,
      external_id: command.body.externalId ?? null,
      owner_id: keyStanding(state, certifiedKeyOf(key)).delegatedTo ?? statement.userId,
      created_at: Number(statement.issuedAt),
      request: JSON.stringify({ statement, payload }),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** The key and all its wallets are listed as their owner's. */
async function delegated(tx: Db, state: AuthorityState, keyId: KeyId): Promise<void> {
  const key = await tx.selectFrom('keys').selectAll().where('id', '=', keyId).executeTakeFirst();
  const owner = key === undefined ? null : keyStanding(state, certifiedKeyOf(key)).delegatedTo;
  if (owner === null) return;
  await tx.updateTable('keys').set({ owner_id: owner }).where('id', '=', keyId).execute();
  await tx.updateTable('wallets').set({ owner_id: owner }).where('key_id', '=', keyId).execute();
}
