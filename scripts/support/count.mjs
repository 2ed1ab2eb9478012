/**
 * Counts vitest's JSON report. A file that could not be loaded has no tests of its own and counts as one failure,
 * so do an unhandled error that vitest ended with and a run without a single test.
 * @returns {{ passed: number, skipped: number, failures: string[] }}
 */
export function countTests(report, exitCode) {
  if (report === undefined)
    return { passed: 0, skipped: 0, failures: [`vitest wrote no report (exit code ${exitCode})`] };
  let passed = 0;
  let skipped = 0;
  const failures = [];
  for (const file of report.testResults) {
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    const good = file.assertionResults.filter((test) => test.status === 'passed');
    passed += good.length;
    skipped += file.assertionResults.length - failed.length - good.length;
    failures.push(...failed.map((test) => `${file.name}: ${test.fullName}`));
    if (file.status === 'failed' && failed.length === 0) failures.push(`${file.name}: the file itself failed`);
  }
  if (passed === 0 && failures.length === 0) failures.push('vitest found no test');
  if (exitCode !== 0 && failures.length === 0) failures.push(`vitest ended with exit code ${exitCode}`);
  return { passed, skipped, failures };
}
