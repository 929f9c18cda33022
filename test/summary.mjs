import { readFileSync } from 'node:fs'

/** Prints what a test run's results come to; a run that left none counts as failed. */
const [file] = process.argv.slice(2)
let passed = 0
let failed = 1
try {
  const results = JSON.parse(readFileSync(file, 'utf8'))
  passed = results.numPassedTests
  failed = results.numFailedTests
  if (failed === 0 && !results.success) failed = 1
} catch {
  console.error('the test run left no results')
}
console.log(`${passed} passed, ${failed} failed`)
if (failed > 0) process.exitCode = 1
