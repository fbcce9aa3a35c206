import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import type { AppEnv } from '../../../src/http/app-env.ts'
import { serveAssets } from '../../../src/node/server/assets.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

test.each(['style.css', 'assets/service-worker.js', 'robots.txt'])(
  'the tag of %s is of what is in it, also where every file has one time, as in images that are built to be the same',
  async (name) => {
    const write = (text: string) => {
      const folder = scratchFolder(clean)
      mkdirSync(join(folder, 'assets'))
      writeFileSync(join(folder, name), text)
      utimesSync(join(folder, name), 1, 1)
      const app = new Hono<AppEnv>()
      serveAssets(app, folder, () => {})
      return (headers: Record<string, string> = {}) => app.request(`/${name}`, { headers }, {})
    }
    const [before, after] = [write('one = 1'), write('one = 2')]
    const tag = (await before()).headers.get('etag') ?? ''
    expect(tag).toMatch(/^W\/"[\w-]+"$/)
    expect((await before({ 'if-none-match': tag })).status).toBe(304)
    expect((await after({ 'if-none-match': tag })).status).toBe(200)
    expect((await write('one = 1')()).headers.get('etag')).toBe(tag)
  },
)
