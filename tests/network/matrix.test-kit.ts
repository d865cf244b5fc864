/**
 * Plays the faults, one after the other in the same network. After each, everything must be as if it had not been: right
 * answers or clean refusals, no key lost, none used after its tombstone, and only what was killed is started again.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { ExportContext } from '@quorate/client';
import { afterAll, describe, expect, test } from 'vitest';
import type { Ask, Fault } from './faults.ts';
import { type Answer, closingLine, count, guilty } from './support/judge.ts';
import { knownExportContext } from './support/known.ts';
import { until } from './support/party.ts';
import { headsOf, tombstonesOf } from './support/stores.ts';
import { type User, userOf, type Wallet } from './support/user.ts';
import { THRESHOLD, type World } from './support/world.ts';

const FAULT_MS = 600_000;
/** How long a fault lasts at most where something must go well meanwhile. */
const LASTING_MS = 120_000;

/** An act that was asked for, and whether it was answered. */
interface Asked {
  readonly name: string;
  readonly answered: boolean;
}

/** @param budgetMs - faults that would begin later are left out, and counted as skipped */
export function faultMatrix(faults: readonly Fault[], worldOf: () => World, budgetMs: number): void {
  describe('a fault', () => {
    const stock: Wallet[] = [];
    let server = 0;
    let begun = Number.POSITIVE_INFINITY;
    /** The servers take turns. */
    const next = (): number => server++ % 2;
    afterAll(() => void process.stdout.write(`\n${closingLine()}\n\n`));

    test.for(faults)('$title', { timeout: FAULT_MS }, async (fault, { skip }) => {
      begun = Math.min(begun, performance.now());
      if (performance.now() - begun > budgetMs) skip('the time for the short form is over');
      const world = worldOf();
      const user = userOf(world);
      const aftermath = await played(world, user, fault);
      count.faults++;
      await aftermath();
      const witness = stock[0] ?? (await user.good(() => user.create(next())));
      if (stock.length === 0) stock.push(witness);
      await user.good(() => user.sign(next(), witness));
      await user.good(() => user.act(next()));
    });

    /** Plays it; what is given checks what is left behind. */
    async function played(world: World, user: User, fault: Fault): Promise<() => Promise<void>> {
      const run = async (ask: Ask): Promise<readonly Answer<unknown>[]> => {
        /** Asked until it goes well where it must. */
        const patient: Ask = async (at) => {
          for (const end = Date.now() + LASTING_MS; ; ) {
            const answer = await ask(at);
            if (answer.is !== 'refused' || !fault.mustSucceed || Date.now() > end) return answer;
          }
        };
        const answers = await fault.play(world, patient).finally(() => world.settle(fault.kills));
        const bad = answers.filter(({ is }) => is === 'lost' && !fault.kills.some((name) => name.startsWith('server')));
        if (bad.length > 0) guilty('wrongAnswers', 'no answer from a server that was not killed');
        if (fault.mustSucceed) expect(answers.map((answer) => (answer.is === 'refused' ? answer.code : answer.is))).toEqual(answers.map(() => 'right'));
        return answers;
      };
      const taken = async (): Promise<Wallet> => stock.pop() ?? user.good(() => user.create(next()));

      switch (fault.operation) {
        case 'keygen': {
          const made: Wallet[] = [];
          await run(async (at) => {
            const answer = await user.create(at);
            if (answer.is === 'right') made.push(answer.value);
            return answer;
          });
          stock.push(...made);
          return async () => {
            for (const wallet of made) await signs(user, wallet);
          };
        }
        case 'sign': {
          const wallet = await taken();
          stock.push(wallet);
          await run((at) => user.sign(at, wallet));
          return () => signs(user, wallet);
        }
        case 'export': {
          const wallet = await taken();
          const context = knownExportContext();
          const answers = await run((at) => user.export(at, wallet, context));
          return () =>
            finished(
              world,
              user,
              wallet,
              context,
              answers.some(({ is }) => is === 'right'),
            );
        }
        case 'act': {
          const acts: Asked[] = [];
          await run(async (at) => {
            const name = `may read ${randomBytes(6).toString('hex')}`;
            const answer = await user.act(at, name);
            acts.push({ name, answered: answer.is === 'right' });
            return answer;
          });
          return () => standing(world, acts);
        }
        case 'catch up': {
          const wallet = await taken();
          stock.push(wallet);
          const late = world.signer(5);
          await late.kill();
          for (let i = 0; i < 2; i++) await user.good(() => user.act(next()));
          await run(async (at) => {
            await late.start(world.rules);
            return user.sign(at, wallet);
          });
          return async () => {
            await standing(world, []);
            await signs(user, wallet);
          };
        }
      }
    }

    async function signs(user: User, wallet: Wallet): Promise<void> {
      await user.good(() => user.sign(next(), wallet)).catch((error: Error) => guilty('lostKeys', `a key signs no more: ${error.message}`));
    }

    /** A key whose export was under way signs or comes out, and never signs once it is retired. */
    async function finished(world: World, user: User, wallet: Wallet, context: ExportContext, answered: boolean): Promise<void> {
      const tombstones = tombstonesOf(world, wallet.signingKey.id);
      if (answered && tombstones < THRESHOLD) guilty('wrongAnswers', `an export was answered with ${tombstones} tombstones`);
      const attempt = await user.sign(next(), wallet);
      if (attempt.is === 'right' && tombstones >= THRESHOLD) guilty('signaturesAfterTombstone', `signed with ${tombstones} tombstones`);
      await user
        .good(() => user.export(next(), wallet, context))
        .catch((error: Error) => guilty('lostKeys', `a key neither signs nor comes out: ${error.message}`));
      for (const at of [0, 1]) {
        const refused = await user.sign(at, wallet);
        if (refused.is === 'right') guilty('signaturesAfterTombstone', 'signed after its export');
        expect(refused).toMatchObject({ is: 'refused', code: 'key/retired' });
      }
    }

    async function permissionsOf(world: World, at: number): Promise<{ name: string }[]> {
      const items: { name: string }[] = [];
      for (let paginationToken: string | undefined; ; ) {
        const page = await world
          .client(at)
          .permissions.listPermissions({ query: { limit: 100, ...(paginationToken === undefined ? {} : { paginationToken }) } });
        items.push(...page.items);
        if (page.nextPageToken === undefined) return items;
        paginationToken = page.nextPageToken;
      }
    }

    /** What was answered stands, once, at both servers, and all signers come to hold the same acts. */
    async function standing(world: World, acts: readonly Asked[]): Promise<void> {
      for (const at of [0, 1]) {
        const items = await permissionsOf(world, at);
        for (const { name, answered } of acts) {
          const times = items.filter((permission) => permission.name === name).length;
          if (times > 1 || (answered && times !== 1)) guilty('wrongAnswers', `an act that was answered stands ${times} times`);
        }
      }
      await until(() => new Set(headsOf(world)).size === 1, 'all signers to hold the same acts');
    }
  });
}
