/**
 * The network as it is operated: real processes, real brokers, a real database, and what goes wrong with them. `npm run
 * test:network` starts PostgreSQL for it; `-- --short` plays a part of the faults.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brokersMissing } from '../../packages/link/src/nats/brokers.test-kit.ts';
import { allFaults, shortForm } from './faults.ts';
import { faultMatrix } from './matrix.test-kit.ts';
import { secretsStaySecret } from './secrets.test-kit.ts';
import { postgresUrl } from './support/database.ts';
import { startWorld, type World } from './support/world.ts';
import { wholeSystem } from './whole-system.test-kit.ts';

/** The short form begins no fault after this: CI has other things to do. */
const SHORT_MS = 240_000;
const short = process.env['QUORATE_NETWORK'] === 'short';
const only = process.env['QUORATE_FAULTS'] ?? '';
const faults = (short ? shortForm : allFaults).filter(({ title }) => title.includes(only));
const missing = brokersMissing ?? (postgresUrl === null ? 'skipped: start it by npm run test:network, which starts PostgreSQL' : null);

describe.skipIf(missing !== null)(missing === null ? 'a network of real processes' : `a network of real processes [${missing}]`, () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  wholeSystem(() => world);
  faultMatrix(faults, () => world, short ? SHORT_MS : Number.POSITIVE_INFINITY);
  secretsStaySecret(() => world);
});

test('the whole table has at least ninety faults, each of its own', () => {
  expect(allFaults.length).toBeGreaterThanOrEqual(90);
  expect(new Set(allFaults.map(({ title }) => title)).size).toBe(allFaults.length);
});
