import { readFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Whether a test file draws random cases or schedules (imports `effort.ts`). */
export function drawsRandomCases(path: string): boolean {
  return /\/effort\.ts'/.test(readFileSync(path, 'utf8'))
}

/** Folders whose tests wait for browsers, proxies, workerd and whole services. */
const waiting = /^tests\/(browser|cli|client|deploy|docs|flows|interop|node|worker)\//

/** What a test that draws random cases finds once is a fault, whether or not the next cases find it again. */
function mayBeFlaky({ module }: TestCase): boolean {
  return waiting.test(module.relativeModuleId) && !/fast-check|effort|SEED/.test(readFileSync(module.moduleId, 'utf8'))
}

/**
 * Lists the tests that passed only when tried again (`TEST_RETRIES`), with what went wrong first. The run fails if one
 * of them does not wait for other programs, or draws random cases.
 */
export class FlakyTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const flaky = modules.flatMap((module) =>
      [...module.children.allTests()].filter((test) => test.diagnostic()?.flaky === true),
    )
    if (flaky.length === 0) return
    console.error(`\n${flaky.length} flaky: passed only when tried again\n${flaky.map(described).join('\n')}`)
    const faults = flaky.filter((test) => !mayBeFlaky(test))
    if (faults.length === 0) return
    console.error(`\n${faults.length} of them wait for no other program, or draw random cases: the run fails`)
    process.exitCode = 1
  }
}

function described(test: TestCase): string {
  const errors = test.result().errors ?? []
  return [
    `  ${test.module.relativeModuleId} > ${test.fullName}`,
    ...errors.map(({ message }) => `    ${message}`),
  ].join('\n')
}
