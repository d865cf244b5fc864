/**
 * All TypeScript tests: those beside the source, the whole-system ones in `tests`, and those of benches and scripts.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

const slow = process.env.SLOW === '1';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts', 'bench/src/**/*.test.ts', 'scripts/**/*.test.mjs'],
    // It starts a dozen processes: npm run test:network.
    exclude: [...configDefaults.exclude, 'tests/network/network.test.ts'],
    env: { QUORATE_ADDON: 'test' },
    pool: 'forks',
    // A signer's store runs in a worker thread of its own, which reads the same TypeScript sources.
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
    maxWorkers: Math.max(1, Math.min(4, availableParallelism())),
    testTimeout: slow ? 600_000 : 120_000,
    // What comes is waited for, however slow the machine: this ends only what does not come.
    expect: { poll: { timeout: 60_000 } },
    hookTimeout: 180_000,
    teardownTimeout: 20_000,
  },
});
