import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { collectGarbage } from '../../../src/node/threads/heap.ts'

test('what a start has left behind is collected at once, and what is still used is not', async () => {
  const used = { name: 'used' }
  const left = new WeakRef(Array.from({ length: 1_000 }, (_, index) => ({ index })))
  const kept = new WeakRef(used)
  // A WeakRef keeps its target until the end of the job that made it.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  expect(left.deref()).toBeUndefined()
  expect(kept.deref()).toBe(used)
})

test.each(['--expose-gc-as=collect', '--max-old-space-size=100', '--expose-gc'])(
  'under %s a collection ends nothing, whether V8 offers one or not',
  (flag) => {
    const module = new URL('../../../src/node/threads/heap.ts', import.meta.url).href
    const script = `const { collectGarbage } = await import('${module}'); collectGarbage(); console.log('goes on')`
    const said = execFileSync(process.execPath, [flag, '--input-type=module', '--eval', script], { encoding: 'utf8' })
    expect(said.trim()).toBe('goes on')
  },
)

test('a thread that starts later may have a larger young generation than the program was started with', () => {
  const program = fileURLToPath(new URL('../../support/push/young-generation.ts', import.meta.url))
  const said = execFileSync(process.execPath, ['--max-semi-space-size=1', program], { encoding: 'utf8' })
  const { before, after } = JSON.parse(said) as { before: number; after: number }
  expect(before).toBeLessThanOrEqual(2)
  expect(after).toBeGreaterThan(4)
})
