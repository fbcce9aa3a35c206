import { execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Bug, planted } from './bugs.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** `broken`: the tests could not begin, or end; `hung`: not in time. Both prove nothing. */
export type Run = {
  readonly result: 'green' | 'red' | 'hung' | 'broken'
  /** The test that failed, with its file; what was printed where none did. */
  readonly said: string
  /** It failed after waiting for long: it does not say what is wrong. */
  readonly late: boolean
}

type Report = {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      /** In milliseconds. */
      readonly duration?: number
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/** What a test waits for comes within moments or, with a bug, never: shorter than usual, where nothing else runs. */
const pollMs = 15_000
/** A test that fails after so long has waited for something that did not come. */
const lateMs = 20_000

/** A copy of the project in which bugs are planted. What was copied from is never written to. */
export class ProjectCopy {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tocsin-planted-'))
  readonly #words: readonly string[]
  readonly #runMsMax: number
  #running: ReturnType<typeof spawn> | null = null

  /** `words`: a command that is put before each run of the tests, such as `nice`. */
  constructor(words: readonly string[], runMsMax: number) {
    this.#words = words
    this.#runMsMax = runMsMax
    const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    })
    for (const file of files.split('\n').filter(Boolean)) {
      mkdirSync(dirname(join(this.#folder, file)), { recursive: true })
      cpSync(join(root, file), join(this.#folder, file))
    }
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'))
    this.#build()
  }

  /** Runs the tests as they are. */
  async run(tests: readonly string[]): Promise<Run> {
    const written = join(this.#folder, 'planted-report.json')
    rmSync(written, { force: true })
    const vitest = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--bail',
      '1',
      '--reporter=json',
      `--expect.poll.timeout=${pollMs}`,
    ]
    const env = tests.some((path) => path.endsWith('.long.test.ts')) ? ['env', 'TEST_LONG=1'] : []
    const command = [...this.#words, ...env, process.execPath, ...vitest, `--outputFile=${written}`, ...tests]
    const { code, printed } = await this.#spawn(command)
    if (code === null) return { result: 'hung', said: printed, late: true }
    let report: Report
    try {
      report = JSON.parse(readFileSync(written, 'utf8')) as Report
    } catch {
      return { result: 'broken', said: printed, late: false }
    }
    return code === 0 ? passed(report, printed) : failed(report, printed, this.#folder)
  }

  /** Runs its tests with the bug in its file, which is then as it was. Throws when its place is gone. */
  async runWith(bug: Bug): Promise<Run> {
    const path = join(this.#folder, bug.file)
    const text = readFileSync(path, 'utf8')
    const isBuilt = !/^src\/(cli|http|node|push|store|worker)\//.test(bug.file)
    try {
      writeFileSync(path, planted(bug, text))
      if (isBuilt) this.#build()
      return await this.run(bug.tests)
    } finally {
      writeFileSync(path, text)
      if (isBuilt) this.#build()
    }
  }

  /** Ends what runs and removes the copy. */
  remove(): void {
    this.#end()
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  /** The pages' scripts as the copy has them now: browsers are given what was built. */
  #build(): void {
    execFileSync(process.execPath, ['src/web/build.ts'], { cwd: this.#folder })
  }

  #end(): void {
    const pid = this.#running?.pid
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }

  async #spawn([file = '', ...words]: readonly string[]): Promise<{ code: number | null; printed: string }> {
    // A group of its own, so that whatever the tests have started ends with them.
    const options: SpawnOptions = { cwd: this.#folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] }
    const child = spawn(file, words, options)
    this.#running = child
    let printed = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (bytes) => {
        printed = (printed + String(bytes)).slice(-20_000)
      })
    const timer = setTimeout(() => this.#end(), this.#runMsMax)
    try {
      return await new Promise((resolve, reject) => {
        child.on('error', reject)
        child.on('exit', (code) => resolve({ code, printed }))
      })
    } finally {
      clearTimeout(timer)
      this.#end()
      this.#running = null
    }
  }
}

function passed({ numPassedTests }: Report, printed: string): Run {
  return { result: numPassedTests > 0 ? 'green' : 'broken', said: printed, late: false }
}

function failed({ testResults }: Report, printed: string, folder: string): Run {
  for (const { name, assertionResults } of testResults)
    for (const { fullName, status, duration = 0, failureMessages } of assertionResults)
      if (status === 'failed')
        return {
          result: 'red',
          said: `${relative(folder, name)}: ${fullName}`,
          late: duration > lateMs || /\b(?:Test|Hook) timed out in \d/.test(failureMessages[0] ?? ''),
        }
  return { result: 'broken', said: printed, late: false }
}
