import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { buildScripts } from '../../src/web/build.ts'

it('the build makes scripts that stay small and load nothing more, but for the desk’s account', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-build-'))
  try {
    await buildScripts(folder)
    const sizes = {
      ...{ 'desk-account.js': 48_000, 'desk-worker.js': 4_000, 'desk.js': 148_000 },
      ...{ 'reader.js': 40_000, 'service-worker.js': 8_000 },
    }
    expect((await readdir(folder)).sort()).toEqual(Object.keys(sizes))
    for (const [name, bytesMax] of Object.entries(sizes)) {
      const script = await readFile(join(folder, name), 'utf8')
      expect(script.length).toBeLessThan(bytesMax)
      expect(script.match(/\bimport\s*\(/g)?.length ?? 0).toBe(name === 'desk.js' ? 1 : 0)
      expect(script).not.toMatch(/\bimport\s*[{"']|importScripts|\beval\(|insertAdjacentHTML|sourceMappingURL/)
      // The desk's view library can write markup, but only where a view asks for it.
      if (!name.startsWith('desk')) expect(script).not.toContain('innerHTML')
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('no script of the pages writes markup', () => {
  const files = globSync('src/web/**/*.ts').filter((path) => path !== 'src/web/build.ts')
  expect(files.length).toBeGreaterThan(40)
  expect(files.filter((path) => /innerHTML|insertAdjacentHTML/i.test(readFileSync(path, 'utf8')))).toEqual([])
})
