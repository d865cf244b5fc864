import { describe, expect, test } from 'vitest';
import { closingLine, tallyCargo, tallyVitest, withExitCode } from './tally.mjs';

const file = (status, ...statuses) => ({ status, assertionResults: statuses.map((one) => ({ status: one })) });

describe('what the runners say is counted', () => {
  test('tests passed and failed are summed, skipped ones are neither', () => {
    const report = { testResults: [file('passed', 'passed', 'passed', 'pending'), file('failed', 'passed', 'failed')] };
    expect(tallyVitest(report)).toEqual({ passed: 3, failed: 1 });
  });

  test('a test file that does not load is a failure', () => {
    expect(tallyVitest({ testResults: [file('failed')] })).toEqual({ passed: 0, failed: 1 });
  });

  test('every test binary of cargo counts', () => {
    const output = [
      'test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s',
      '   Doc-tests quorate_primes',
      'test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s',
    ].join('\n');
    expect(tallyCargo(output)).toEqual({ passed: 15, failed: 2 });
  });

  test('a test that prints the words of a result is not one', () => {
    expect(tallyCargo('  test result: ok. 9 passed; 0 failed;')).toEqual({ passed: 0, failed: 0 });
  });

  test('a runner that fails without a failing test is a failure', () => {
    expect(withExitCode({ passed: 4, failed: 0 }, 101)).toEqual({ passed: 4, failed: 1 });
    expect(withExitCode({ passed: 4, failed: 2 }, 101)).toEqual({ passed: 4, failed: 2 });
    expect(withExitCode({ passed: 4, failed: 0 }, 0)).toEqual({ passed: 4, failed: 0 });
  });

  test('the closing line is their sum', () => {
    expect(
      closingLine([
        { passed: 3, failed: 1 },
        { passed: 15, failed: 0 },
      ]),
    ).toBe('18 passed, 1 failed');
  });
});
