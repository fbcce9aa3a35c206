import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { drawsRandomCases, FlakyTests } from './tests/support/runner/flaky-tests.ts'
import { LongestFirst } from './tests/support/runner/longest-first.ts'

// `npm run test:long`: the files that need long, and once more with a larger TEST_EFFORT all that draw random cases.
const isLong = process.env.TEST_LONG === '1'
const longFiles = 'tests/**/*.long.test.ts'
const drawing = () => globSync('tests/**/*.test.ts').filter(drawsRandomCases).sort()

// What Node compiled is kept between the hundreds of starts of our programs and of the tests' own processes.
process.env.NODE_COMPILE_CACHE ??= resolve('node_modules/.cache/node-compile-cache')

export default defineConfig({
  test: {
    include: isLong ? [longFiles, ...drawing()] : ['tests/**/*.test.ts'],
    exclude: isLong ? [] : [longFiles],
    globalSetup: ['tests/support/processes/build-service.ts', 'tests/support/postgres/shared-server.ts'],
    sequence: { sequencer: LongestFirst },
    setupFiles: ['tests/support/runner/fast-check-size.ts'],
    // `.ci/run` sets it to 1: its machine is shared, and processes, browsers and proxies take their time.
    retry: Number(process.env.TEST_RETRIES ?? 0),
    reporters: ['default', new FlakyTests()],
    // Generous: a machine that is busy elsewhere must not turn a test red.
    testTimeout: isLong ? 900_000 : 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 15_000 } },
    // Two cores: more workers only make the browsers and the kill tests wait for each other.
    maxWorkers: 3,
  },
})
