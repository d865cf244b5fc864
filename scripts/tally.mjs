/**
 * Adds up what test runners report.
 *
 * @module
 */

/** Sums of Vitest's JSON report. A file that did not load counts as one failure. */
export function tallyVitest(report) {
  let passed = 0;
  let failed = 0;
  for (const file of report.testResults) {
    const results = file.assertionResults.map((test) => test.status);
    passed += results.filter((status) => status === 'passed').length;
    const bad = results.filter((status) => status === 'failed').length;
    failed += file.status === 'failed' && bad === 0 ? 1 : bad;
  }
  return { passed, failed };
}

/** Sums of the `test result:` lines of cargo test. */
export function tallyCargo(output) {
  let passed = 0;
  let failed = 0;
  for (const [, ok, bad] of output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm)) {
    passed += Number(ok);
    failed += Number(bad);
  }
  return { passed, failed };
}

/** A runner that failed without naming a test still failed. */
export function withExitCode({ passed, failed }, code) {
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

/** @returns {string} the closing line */
export function closingLine(tallies) {
  const sum = (member) => tallies.reduce((total, tally) => total + tally[member], 0);
  return `${sum('passed')} passed, ${sum('failed')} failed`;
}
