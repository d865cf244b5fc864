/**
 * Adds up what test runners report.
 *
 * @module
 */

/** Sums of Vitest's JSON report, and what failed, by name. A file that did not load counts as one failure. */
export function tallyVitest(report) {
  let passed = 0;
  const failures = [];
  for (const file of report.testResults) {
    passed += file.assertionResults.filter((test) => test.status === 'passed').length;
    const bad = file.assertionResults.filter((test) => test.status === 'failed');
    for (const test of bad) failures.push(`${file.name}: ${test.fullName}${why(test.failureMessages?.[0])}`);
    if (file.status === 'failed' && bad.length === 0) failures.push(`${file.name}${why(file.message)}`);
  }
  return { passed, failed: failures.length, failures };
}

const why = (message) => (message ? `\n  ${message.split('\n').slice(0, LINES).join('\n  ')}` : '');
/** Of each failure's message: the reason, and where it was. */
const LINES = 12;

/** Sums of the `test result:` lines of cargo test, and the tests that it calls failed. */
export function tallyCargo(output) {
  let passed = 0;
  let failed = 0;
  for (const [, ok, bad] of output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm)) {
    passed += Number(ok);
    failed += Number(bad);
  }
  return { passed, failed, failures: [...output.matchAll(/^test (\S+) \.\.\. FAILED$/gm)].map(([, name]) => `cargo: ${name}`) };
}

/** A runner that failed without naming a test still failed. */
export function withExitCode({ passed, failed, failures }, code) {
  if (code === 0 || failed > 0) return { passed, failed, failures };
  return { passed, failed: 1, failures: [`a runner ended with ${code} and named no test`] };
}

/** @returns {string[]} what failed, each by name, for whoever sees only the end of a long run */
export const failuresOf = (tallies) => tallies.flatMap((tally) => tally.failures).map((failure) => `failed: ${failure}`);

/** @returns {string} the closing line */
export function closingLine(tallies) {
  const sum = (member) => tallies.reduce((total, tally) => total + tally[member], 0);
  return `${sum('passed')} passed, ${sum('failed')} failed`;
}
