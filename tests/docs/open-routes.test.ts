import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import { operationOf } from '../../src/http/route.ts'
import { memoryDeps } from '../support/http/memory-deps.ts'
import { newsroom } from '../support/samples.ts'

test('docs/protocol.md lists every route below /v1 that is open to pages of any origin', async () => {
  const app = createApp(await memoryDeps(newsroom, null))
  const open = app.routes.flatMap(({ handler, path }) => {
    const operation = operationOf(handler)
    if (operation?.isOpenToAll !== true || !path.startsWith('/v1/')) return []
    return [operation.describedPath ?? path.replace(/:(\w+)/g, '{$1}')]
  })
  const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
  const [list = ''] = /What readers need is open to pages of any origin[\s\S]*?without credentials/.exec(text) ?? []
  const told = [...list.matchAll(/`(\/v1\/[^`]+)`/g)].map(([, path]) => path)
  expect(told.sort()).toEqual([...new Set(open)].sort())
})
