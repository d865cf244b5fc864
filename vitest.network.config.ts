/**
 * The tests on real processes: `npm run test:network`. One network for all of them, one after the other.
 *
 * @module
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  test: {
    include: ['tests/network/network.test.ts'],
    env: { QUORATE_ADDON: 'test' },
    pool: 'forks',
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
    maxWorkers: 1,
    disableConsoleIntercept: true,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
  },
});
