/**
 * @file `npm test`: everything that must hold, in order of cost. Installs what is missing, then lint, types, build,
 * unit and process tests, browser tests against the built product. Ends non-zero on the first stage that fails.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { ensureBuilt, ensureInstalled, projectRoot } from './prepare.mjs'

const reports = mkdtempSync(join(tmpdir(), 'studio-test-'))
const totals = { passed: 0, failed: 0, skipped: 0 }
/** What failed, by name and reason: said again at the end, since a log of thousands of lines is often kept in part. */
const failures = []

await ensureInstalled()
ensureChromium()
stage('lint', 'npx', ['biome', 'ci', '.'])
stage('types', 'npx', ['tsc', '--noEmit'])
await ensureBuilt()
const unit = stage(
  'unit and process tests',
  'npx',
  ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${join(reports, 'unit.json')}`],
  { mayFail: true },
)
countVitest(join(reports, 'unit.json'))
const browser = stage('browser tests', 'npx', ['playwright', 'test', '--reporter=list,json'], {
  mayFail: true,
  env: { PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, 'browser.json') },
})
countPlaywright(join(reports, 'browser.json'))
rmSync(reports, { recursive: true, force: true })
for (const { name, reason } of failures) console.log(`\nFAILED ${name}\n${reason}`)
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exit(unit === 0 && browser === 0 && totals.failed === 0 && totals.passed > 0 ? 0 : 1)

/** Runs one command in the foreground; a stage that may not fail ends the whole run. */
function stage(name, command, args, { mayFail = false, env = {} } = {}) {
  console.log(`\n== ${name}`)
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  if (status !== 0 && !mayFail) {
    console.error(`${name} failed`)
    process.exit(1)
  }
  return status ?? 1
}

/** The browser tests use the system's Chromium; Debian and Ubuntu can install it. */
function ensureChromium() {
  const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  if (known.some((path) => existsSync(path))) return
  console.log('\n== installing Chromium from the system packages')
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  for (const args of [
    ['apt-get', 'update', '-qq'],
    ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium'],
  ]) {
    const [command, ...rest] = [...sudo, ...args]
    const { status } = spawnSync(command, rest, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (status !== 0) {
      console.error('Chromium is needed for the browser tests: install it (package "chromium") and run npm test again.')
      process.exit(1)
    }
  }
}

function countVitest(file) {
  if (!existsSync(file)) return
  const report = JSON.parse(readFileSync(file, 'utf8'))
  totals.passed += report.numPassedTests
  totals.failed += report.numFailedTests + (report.numFailedTestSuites > 0 && report.numFailedTests === 0 ? 1 : 0)
  totals.skipped += report.numPendingTests + report.numTodoTests
  for (const file of report.testResults) {
    const path = relative(projectRoot, file.name)
    const failed = file.assertionResults.filter(({ status }) => status === 'failed')
    for (const { fullName, failureMessages } of failed) fail(`${path} ${fullName}`, failureMessages.join('\n'))
    if (file.status === 'failed' && failed.length === 0) fail(path, file.message)
  }
}

function countPlaywright(file) {
  if (!existsSync(file)) return
  const { stats, suites, errors } = JSON.parse(readFileSync(file, 'utf8'))
  totals.passed += stats.expected
  totals.failed += stats.unexpected + stats.flaky
  totals.skipped += stats.skipped
  for (const error of errors) fail('browser tests', error.message)
  for (const spec of specsOf(suites))
    for (const result of spec.tests.filter(({ status }) => status !== 'expected' && status !== 'skipped')) {
      const messages = result.results.flatMap(({ errors }) => errors.map(({ message }) => message))
      fail(`${spec.file}:${spec.line} ${spec.title}`, messages.join('\n'))
    }
}

function specsOf(suites = []) {
  return suites.flatMap((suite) => [...suite.specs, ...specsOf(suite.suites)])
}

function fail(name, reason = '') {
  failures.push({ name, reason: stripVTControlCharacters(reason).split('\n').slice(0, 12).join('\n') })
}
