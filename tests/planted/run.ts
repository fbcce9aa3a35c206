import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Bug, bugs } from './bugs.ts'
import { ProjectCopy, type Run } from './project-copy.ts'

// Plants each bug in a copy of the project and sees to it that a test turns red. A test that stays green is decoration.

const usage = `npm run test:planted -- [options] [words]

With words, only those bugs whose name, file or tests have them: npm run test:planted -- src/hub/hub.ts
  --list        counts the bugs by file, and runs none
  --copies 2    works on as many copies of the project side by side
  --log FILE    adds a line to FILE for each bug
  --resume      passes over those that FILE says were caught
PLANTED_SECONDS (120): the time that the tests of one bug may take. PLANTED_WITH: a command before each run, such as nice.
Ends with 0 when all were caught, 1 when one was not, 2 when nothing was run.`

const given = read()
const wanted = given.positionals.join(' ')
const chosen = bugs.filter(({ name, file, tests }) => [name, file, ...tests].some((text) => text.includes(wanted)))
const log = given.values.log
if (chosen.length === 0) leave(`No bug is called, stands in, or is caught by “${wanted}”.`)
if (given.values.list) {
  const files = [...new Set(chosen.map(({ file }) => file))].sort()
  for (const path of files) console.log(`${chosen.filter(({ file }) => file === path).length}\t${path}`)
  console.log(`${chosen.length}\tin ${files.length} files`)
  process.exit(0)
}
const known = given.values.resume && log !== undefined && existsSync(log) ? readFileSync(log, 'utf8').split('\n') : []
const todo = chosen.filter(({ name }) => !known.some((line) => line.startsWith(`caught\t${name}\t`)))
if (todo.length < chosen.length) console.log(`${chosen.length - todo.length} were caught before.`)

// A machine that is busy elsewhere needs longer.
const runMsMax = Number(process.env.PLANTED_SECONDS ?? 120) * 1_000
const words = (process.env.PLANTED_WITH ?? '').split(' ').filter(Boolean)
const copiesCount = Math.max(1, Math.min(Number(given.values.copies), todo.length))
const copies = Array.from({ length: copiesCount }, () => new ProjectCopy(words, runMsMax))
process.on('exit', () => {
  for (const copy of copies) copy.remove()
})
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const)
  process.on(signal, () => {
    console.log(`\nEnded before its time. ${summary()}`)
    process.exit(128 + number)
  })

/** The tests of a bug, as they are without it: run once for all bugs that have the same. */
const soundRuns = new Map<string, Promise<Run>>()
let caught = 0
const survivors: string[] = []
// First those that are answered within seconds.
const isFar = ({ tests }: Bug) => tests.some((file) => /^tests\/(flows|browser|edge|interop)\//.test(file))
const left = [...todo.filter((bug) => !isFar(bug)), ...todo.filter(isFar)]
await Promise.all(copies.map(work))
console.log(`\n${summary()}`)
process.exit(survivors.length === 0 ? 0 : 1)

async function work(copy: ProjectCopy): Promise<void> {
  for (let bug = left.shift(); bug !== undefined; bug = left.shift()) {
    const began = performance.now()
    const { word, said } = await outcomeOf(copy, bug)
    const seconds = ((performance.now() - began) / 1_000).toFixed(1)
    if (word === 'caught') caught += 1
    else survivors.push(bug.name)
    const place = `${caught + survivors.length}/${todo.length}`
    console.log(`${word === 'caught' ? '✓' : '✗'} ${place} ${word}: ${bug.name} (${seconds} s)\n    ${said}`)
    if (log !== undefined) appendFileSync(log, `${[word, bug.name, seconds, said.split('\n')[0]].join('\t')}\n`)
  }
}

async function outcomeOf(copy: ProjectCopy, bug: Bug): Promise<{ readonly word: string; readonly said: string }> {
  const name = bug.tests.join(' ')
  const sound = soundRuns.get(name) ?? copy.run(bug.tests)
  soundRuns.set(name, sound)
  const { result: before, said: saidBefore } = await sound
  if (before !== 'green') return { word: 'unsound', said: `its tests are ${before} without it: ${saidBefore}` }
  try {
    const { result, said, late } = await copy.runWith(bug)
    if (result === 'red') return { word: 'caught', said: late ? `only after a long wait: ${said}` : said }
    if (result === 'green') return { word: 'survived', said: bug.file }
    return { word: result, said }
  } catch (error) {
    return { word: 'stale', said: error instanceof Error ? error.message : String(error) }
  }
}

function summary(): string {
  const list = survivors.map((name) => `\n  ${name}`).join('')
  return `${caught} of ${todo.length} caught, ${survivors.length} not${list === '' ? '.' : `:${list}`}`
}

function read() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        list: { type: 'boolean' },
        copies: { type: 'string', default: '1' },
        log: { type: 'string' },
        resume: { type: 'boolean' },
      },
    })
  } catch (error) {
    return leave(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  }
}

function leave(message: string): never {
  console.error(message)
  process.exit(2)
}
