import { describe, expect, test } from 'vitest';
import { closingLine, failuresOf, tallyCargo, tallyVitest, withExitCode } from './tally.mjs';

const file = (status, ...statuses) => ({
  name: 'a.test.ts',
  status,
  message: 'no such module',
  assertionResults: statuses.map((one) => ({
    status: one,
    fullName: `rule ${one}`,
    failureMessages: one === 'failed' ? ['Error: 1 is not 2\n    at a.test.ts:3'] : [],
  })),
});

describe('what the runners say is counted', () => {
  test('tests passed and failed are summed, skipped ones are neither', () => {
    const report = { testResults: [file('passed', 'passed', 'passed', 'pending'), file('failed', 'passed', 'failed')] };
    expect(tallyVitest(report)).toEqual({ passed: 3, failed: 1, failures: ['a.test.ts: rule failed\n  Error: 1 is not 2\n      at a.test.ts:3'] });
  });

  test('a test file that does not load is a failure', () => {
    expect(tallyVitest({ testResults: [file('failed')] })).toEqual({ passed: 0, failed: 1, failures: ['a.test.ts\n  no such module'] });
  });

  test('every test binary of cargo counts', () => {
    const output = [
      'test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s',
      '   Doc-tests quorate_primes',
      'test one_and_one ... ok',
      'test one_and_two ... FAILED',
      'test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s',
    ].join('\n');
    expect(tallyCargo(output)).toEqual({ passed: 15, failed: 2, failures: ['cargo: one_and_two'] });
  });

  test('a test that prints the words of a result is not one', () => {
    expect(tallyCargo('  test result: ok. 9 passed; 0 failed;')).toEqual({ passed: 0, failed: 0, failures: [] });
  });

  test('a runner that fails without a failing test is a failure', () => {
    const good = { passed: 4, failed: 0, failures: [] };
    const bad = { passed: 4, failed: 1, failures: ['a'] };
    expect(withExitCode(good, 101)).toEqual({ passed: 4, failed: 1, failures: ['a runner ended with 101 and named no test'] });
    expect(withExitCode(bad, 101)).toEqual(bad);
    expect(withExitCode(good, 0)).toEqual(good);
  });

  test('the closing line is their sum, and before it stands what failed', () => {
    const tallies = [
      { passed: 3, failed: 1, failures: ['a.test.ts: rule'] },
      { passed: 15, failed: 0, failures: [] },
    ];
    expect(closingLine(tallies)).toBe('18 passed, 1 failed');
    expect(failuresOf(tallies)).toEqual(['failed: a.test.ts: rule']);
  });
});
