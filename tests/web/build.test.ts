import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { buildScripts, compressBeside } from '../../src/web/build.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()

it('the build makes scripts that stay small and load nothing more, but for the desk’s account', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-build-'))
  try {
    await buildScripts(folder)
    const sizes = {
      ...{ 'desk-account.js': 52_000, 'desk-worker.js': 4_000, 'desk.js': 160_000 },
      ...{ 'service-worker.js': 20_000, 'push-check.js': 20_000, 'mirrors.js': 22_400, 'renew-subscription.js': 8_000 },
    }
    expect((await readdir(folder)).sort()).toEqual(['built.json', ...Object.keys(sizes), 'immutable'].sort())
    for (const [name, bytesMax] of Object.entries(sizes)) {
      const script = await readFile(join(folder, name), 'utf8')
      expect(script.length).toBeLessThan(bytesMax)
      if (name in { 'service-worker.js': 0, 'push-check.js': 0, 'mirrors.js': 0 })
        expect(gzipSync(script).length).toBeLessThan(name === 'mirrors.js' ? 9_300 : 8_000)
      expect(script.match(/\bimport\s*\(/g)?.length ?? 0).toBe(name === 'desk.js' ? 1 : 0)
      expect(script).not.toMatch(/\bimport\s*[{"']|\beval\(|insertAdjacentHTML|sourceMappingURL/)
      // A worker cannot import modules; these scripts beside it are its own.
      const imported =
        name === 'service-worker.js'
          ? [`importScripts("/assets/push-check.js","/assets/mirrors.js","/assets/renew-subscription.js")`]
          : null
      expect(script.match(/importScripts\([^)]*\)/g)).toEqual(imported)
      // The desk's view library can write markup, but only where a view asks for it.
      if (!name.startsWith('desk')) expect(script).not.toContain('innerHTML')
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('the readers’ script comes in small parts whose names change with what is in them, and which load only each other', async () => {
  const [folder, other] = [scratchFolder(clean), scratchFolder(clean)]
  await buildScripts(folder)
  await buildScripts(other)
  const names = (await readdir(join(folder, 'immutable'))).sort()
  expect((await readdir(join(other, 'immutable'))).sort()).toEqual(names)
  for (const name of names) {
    expect(name).toMatch(/^[a-z0-9-]+-[A-Z0-9]{8}\.js$/)
    const script = await readFile(join(folder, 'immutable', name), 'utf8')
    const loaded = [...script.matchAll(/(?:from|import\(?)\s*"([^"]*)"/g)].map(([, path = '']) => path)
    expect(loaded.filter((path) => !names.includes(path.replace(/^\.\//, '')))).toEqual([])
    expect(script).not.toMatch(/\beval\(|innerHTML|insertAdjacentHTML|sourceMappingURL/)
  }
  // Two nodes of one version serve each other's readers, wherever their builds were begun.
  const elsewhere = scratchFolder(clean)
  const build = JSON.stringify(join(import.meta.dirname, '../../src/web/build.ts'))
  const program = `import { buildScripts } from ${build}; await buildScripts(${JSON.stringify(elsewhere)})`
  execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: '/' })
  expect((await readdir(join(elsewhere, 'immutable'))).sort()).toEqual(names)
  const built = JSON.parse(await readFile(join(folder, 'built.json'), 'utf8'))
  for (const script of [built.readerScript, built.alertScript, built.plainScript]) {
    const files = script.map((path: string) => path.replace('/assets/immutable/', ''))
    // A page names all that has to be there before its script runs, and no more.
    const imported = new Set([files[0]])
    for (const name of imported)
      for (const [, other = ''] of readFileSync(join(folder, 'immutable', name), 'utf8').matchAll(
        /(?:from|import)"\.\/([^"]*)"/g,
      ))
        imported.add(other)
    expect(files).toEqual([...imported])
  }
  // The script that is inline could end its element as well.
  expect(built.loader).not.toMatch(/<\/|<!--|<script/i)
  expect(built.loader.length).toBeLessThan(500)
  expect(createHash('sha256').update(built.loader).digest('base64')).toBe(built.loaderHash)
  // A style sheet that is inline could end its element, and would be refused if its hash were another.
  expect(built.style).not.toMatch(/<\/style|@import|url\(/i)
  expect(createHash('sha256').update(built.style).digest('base64')).toBe(built.styleHash)
  // Pages that were sent before a build ask for a former part: it stays for a week.
  const [former, old] = ['live-AAAAAAAA.js', 'live-BBBBBBBB.js'].map((name) => join(folder, 'immutable', name))
  for (const path of [former, old]) await writeFile(String(path), '')
  await utimes(String(old), 0, 0)
  await buildScripts(folder)
  expect((await readdir(join(folder, 'immutable'))).sort()).toEqual(['live-AAAAAAAA.js', ...names].sort())
})

it('each text of a folder gets its compressed forms beside it, with its time; they go with it', async () => {
  const folder = scratchFolder(clean)
  const text = 'زمین‌لرزه در هرات. '.repeat(100)
  await writeFile(join(folder, 'a.css'), text)
  await writeFile(join(folder, 'small.css'), 'a{}')
  await writeFile(join(folder, 'gone.js.br'), '')
  compressBeside(folder)
  expect((await readdir(folder)).sort()).toEqual(['a.css', 'a.css.br', 'a.css.gz', 'small.css'])
  expect(brotliDecompressSync(await readFile(join(folder, 'a.css.br'))).toString()).toBe(text)
  expect(gunzipSync(await readFile(join(folder, 'a.css.gz'))).toString()).toBe(text)
  const times = await Promise.all(['', '.br', '.gz'].map((form) => stat(join(folder, `a.css${form}`))))
  expect(new Set(times.map(({ mtimeMs }) => Math.round(mtimeMs))).size).toBe(1)
})

it('no script of the pages writes markup', () => {
  const files = globSync('src/web/**/*.ts').filter((path) => path !== 'src/web/build.ts')
  expect(files.length).toBeGreaterThan(40)
  expect(files.filter((path) => /innerHTML|insertAdjacentHTML/i.test(readFileSync(path, 'utf8')))).toEqual([])
})
