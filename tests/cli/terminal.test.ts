import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { deskServer } from '../support/processes/cli.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
// Debian's bsdutils, which every Debian has: gives a program a terminal.
const terminal = '/usr/bin/script'

const alert = { id: 'id-1', level: 'flash', version: 1, status: 'live', texts: { en: { headline: 'x', summary: '' } } }

/** Publishes in a terminal where a person types this when asked; gives what was asked of the service, the words and the end. */
async function typed(keys: string) {
  const server = await deskServer(({ path }) =>
    path.endsWith('dryRun=true')
      ? { status: 200, body: { warnings: [], audience: { en: { push: 1, sockets: 0 } }, previews: {} } }
      : { status: 201, body: { alert, seq: 1, cursor: 'e.1', warnings: [] } },
  )
  clean(server.close)
  const line = `${process.execPath} ${main} publish --level flash --lang en --headline x`
  const child = spawn(terminal, ['-qefc', line, '/dev/null'], {
    env: { ...process.env, TOCSIN_URL: server.url, TOCSIN_KEY: 'secret', TERM: 'xterm' },
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    const wasAsked = said.includes('Type yes')
    said += chunk
    if (!wasAsked && said.includes('Type yes')) child.stdin.write(keys)
  })
  const [code] = await once(child, 'close')
  return { code, said, published: server.asked.filter(({ path }) => path === '/v1/alerts').length }
}

test.runIf(existsSync(terminal)).each([
  ['yes', 'yes\n', 0, 1, 'Published'],
  ['no', 'no\n', 1, 0, 'Nothing was sent.'],
  ['nothing', '\n', 1, 0, 'Nothing was sent.'],
  ['Ctrl-D', '\x04', 1, 0, 'Nothing was sent.'],
  ['Ctrl-C', '\x03', 1, 0, 'Stopped.'],
])('on a terminal, %s', async (_, keys, code, published, words) => {
  const ended = await typed(keys)
  expect(ended.said).toContain('1 by push')
  expect(ended.said).toContain(words)
  expect([ended.code, ended.published]).toEqual([code, published])
})
