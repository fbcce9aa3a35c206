import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type FolderContent, openExportFolder, overlaps, writeExport } from '../../../src/node/export/export-folder.ts'
import { blake2b, isSigned } from '../../../src/node/export/export-run.ts'
import { refuseOtherNewsroom } from '../../../src/node/export/exported-newsroom.ts'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { isSignatureOf, minisignSignature } from '../../../src/signing/minisign.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { mountSmallDisk, noSmallDisk } from '../../support/storage/small-disk.ts'

const clean = cleaning()
const signer = nodeSigner(new Uint8Array(32).fill(7))
const newsroom = 'Radio Example'
const checks = { hash: blake2b, isSigned }

/** What an export with these texts writes, by this key. */
function content(texts: Readonly<Record<string, string | Uint8Array>>, by = signer, atMs = 0): FolderContent {
  return {
    files: new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)])),
    sign: (path, bytes) => minisignSignature(by, bytes, { path, newsroom, atMs }, blake2b),
    isSigned: (path, bytes, text) => isSignatureOf(text, by, bytes, { path, newsroom }, checks),
  }
}

const first = {
  'index.html': 'languages',
  'en/index.html': 'one',
  'fa/index.html': 'یک',
  'bundles/en.json': '{}',
  'bundles/fa.json': '[]',
}
const second = {
  'index.html': 'languages',
  'en/index.html': 'two',
  'bundles/en.json': '{"two":2}',
  'ru/index.html': 'два',
  'bundles/ru.json': '2',
}

const pathsIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort()
const withSignatures = (texts: object) =>
  [...Object.keys(texts).flatMap((path) => [path, `${path}.minisig`]), '.tocsin-export.json'].sort()

/** The files whose signature is not theirs, and those that are neither of one export nor of the other. */
function wrongIn(folder: string, ...exports: readonly Readonly<Record<string, string>>[]): readonly string[] {
  return pathsIn(folder).filter((path) => {
    if (path.endsWith('.unfinished') || path.startsWith('.')) return false
    const bytes = readFileSync(join(folder, path.replace(/\.minisig$/, '')))
    if (!path.endsWith('.minisig')) return !exports.some((texts) => texts[path] === bytes.toString())
    const text = readFileSync(join(folder, path), 'utf8')
    return !isSignatureOf(text, signer, bytes, { path: path.slice(0, -'.minisig'.length), newsroom }, checks)
  })
}

function opened(): string {
  const folder = join(scratchFolder(clean), 'mirror')
  openExportFolder(folder)
  return folder
}

test('the next export replaces what has changed, removes what is not there any more, and leaves the rest', () => {
  const folder = opened()
  expect(writeExport(folder, content(first))).toEqual({ written: 5, removed: 0, unchanged: 0 })
  expect(pathsIn(folder)).toEqual(withSignatures(first))
  mkdirSync(join(folder, '.well-known'))
  writeFileSync(join(folder, 'fa', 'mine.txt'), 'mine')
  writeFileSync(join(folder, 'CNAME'), 'mirror.example')
  expect(writeExport(folder, content(second))).toEqual({ written: 4, removed: 2, unchanged: 1 })
  expect(pathsIn(folder)).toEqual([...withSignatures(second), 'CNAME', 'fa/mine.txt'].sort())
  expect(wrongIn(folder, { ...second, CNAME: 'mirror.example', 'fa/mine.txt': 'mine' })).toEqual([])
  rmSync(join(folder, 'fa', 'mine.txt'))
  writeExport(folder, content(first))
  writeExport(folder, content(second))
  expect([existsSync(join(folder, 'fa')), existsSync(join(folder, '.well-known'))]).toEqual([false, true])
})

test('a file that is right is not touched, also where the signature was made at another time; a wrong one is mended', () => {
  const folder = opened()
  writeExport(folder, content(first))
  const long = new Date('2020-01-01T00:00:00.000Z')
  for (const path of pathsIn(folder)) utimesSync(join(folder, path), long, long)
  const touched = () => pathsIn(folder).filter((path) => statSync(join(folder, path)).mtimeMs !== long.getTime())
  expect(writeExport(folder, content(first, signer, 60_000))).toEqual({ written: 0, removed: 0, unchanged: 5 })
  expect(touched()).toEqual([])
  writeFileSync(join(folder, 'en/index.html.minisig'), 'damaged')
  rmSync(join(folder, 'bundles/fa.json.minisig'))
  writeFileSync(join(folder, 'bundles/en.json'), 'changed by somebody')
  expect(writeExport(folder, content(first))).toEqual({ written: 3, removed: 0, unchanged: 2 })
  expect(touched()).toEqual([
    'bundles/en.json',
    'bundles/en.json.minisig',
    'bundles/fa.json.minisig',
    'en/index.html.minisig',
  ])
  expect(wrongIn(folder, first)).toEqual([])
  // With another key, every file is signed anew and none is written.
  const other = nodeSigner(randomBytes(32))
  expect(writeExport(folder, content(first, other))).toMatchObject({ written: 5 })
  expect(touched().filter((path) => !path.endsWith('.minisig'))).toEqual(['bundles/en.json'])
})

test('ended at any step, each file is whole and each signature is of the file that it stands beside; the next export mends all', () => {
  let steps = 0
  const whole = opened()
  const count = () => {
    steps += 1
  }
  writeExport(whole, content(first), count)
  writeExport(whole, content(second), count)
  expect(steps).toBeGreaterThan(20)
  for (let last = 1; last <= steps; last += 1) {
    const folder = opened()
    let at = 0
    const stepped = () => {
      at += 1
      expect([last, at, wrongIn(folder, first, second)]).toEqual([last, at, []])
      if (at === last) throw new Error('killed')
    }
    expect(() => {
      writeExport(folder, content(first), stepped)
      writeExport(folder, content(second), stepped)
    }).toThrow('killed')
    // What a killed process leaves, because it cannot clean up.
    writeFileSync(join(folder, '.index.html.0a1b2c3d.unfinished'), 'half')
    openExportFolder(folder)
    writeExport(folder, content(second))
    expect([last, pathsIn(folder)]).toEqual([last, withSignatures(second)])
    expect(wrongIn(folder, second)).toEqual([])
  }
})

test('everybody may read what is exported, whatever the umask is', () => {
  const umask = process.umask(0o077)
  clean(() => process.umask(umask))
  const folder = opened()
  writeExport(folder, content(first))
  const mode = (path: string) => (statSync(join(folder, path)).mode & 0o777).toString(8)
  expect([mode('.'), mode('en'), mode('bundles')]).toEqual(['755', '755', '755'])
  expect(pathsIn(folder).map(mode)).toEqual(pathsIn(folder).map(() => '644'))
})

test('a folder with other files is refused until that is wanted; hidden files and those of a disk are none', () => {
  const folder = join(scratchFolder(clean), 'site')
  mkdirSync(join(folder, 'lost+found'), { recursive: true })
  mkdirSync(join(folder, '.git'))
  openExportFolder(folder)
  writeFileSync(join(folder, 'index.html'), 'my site')
  expect(() => openExportFolder(folder)).toThrow(/has files that no export has written, such as index\.html\..*--force/)
  openExportFolder(folder, true)
  writeExport(folder, content(first))
  openExportFolder(folder)
  expect(readFileSync(join(folder, 'index.html'), 'utf8')).toBe('languages')
})

test('what can be no folder is refused: a file, and one whose parent is not there', () => {
  const parent = scratchFolder(clean)
  writeFileSync(join(parent, 'file'), '')
  expect(() => openExportFolder(join(parent, 'file'))).toThrow(/is a file/)
  expect(() => openExportFolder(join(parent, 'none', 'mirror'))).toThrow(/none is not there/)
})

test('a list that somebody changed removes nothing that no export writes', () => {
  const folder = opened()
  writeExport(folder, content(first))
  writeFileSync(join(folder, 'mine.txt'), 'mine')
  writeFileSync(join(folder, '..', 'beside'), 'beside')
  const files = ['../beside', '/etc/hostname', 'mine.txt', '../beside/index.html', 'en/index.html', 7]
  writeFileSync(join(folder, '.tocsin-export.json'), JSON.stringify({ files }))
  writeExport(folder, content({ 'index.html': 'languages' }))
  const names = [join(folder, 'mine.txt'), join(folder, '..', 'beside'), join(folder, 'en/index.html')]
  expect(names.map((path) => existsSync(path))).toEqual([true, true, false])
  for (const text of ['', '{', '[]', '{"files":{}}', 'null']) {
    writeFileSync(join(folder, '.tocsin-export.json'), text)
    expect(writeExport(folder, content(first)).written).toBeLessThan(6)
  }
})

test('the data folder, what holds it and what lies in it are seen through links', () => {
  const parent = scratchFolder(clean)
  const data = join(parent, 'data')
  mkdirSync(join(data, 'in'), { recursive: true })
  symlinkSync(data, join(parent, 'link'))
  const same = [
    data,
    parent,
    join(data, 'in'),
    join(data, 'new', 'deep'),
    join(parent, 'link'),
    join(parent, 'link', 'new'),
  ]
  expect(same.filter((folder) => !overlaps(folder, data))).toEqual([])
  const others = [join(parent, 'data2'), join(parent, '..data'), join(parent, 'new')]
  expect(others.filter((folder) => overlaps(folder, data))).toEqual([])
})

test('on a full disk nothing changes, and nothing unfinished is left', ({ skip }) => {
  if (noSmallDisk !== null) skip(noSmallDisk)
  const disk = mountSmallDisk(1, process.getuid?.() ?? 0, clean)
  const folder = join(disk.folder, 'mirror')
  openExportFolder(folder)
  writeExport(folder, content(first))
  disk.fill()
  const larger = { ...second, 'en/index.html': 'x'.repeat(10_000) }
  expect(() => writeExport(folder, content(larger))).toThrow(/ENOSPC/)
  expect([pathsIn(folder), wrongIn(folder, first)]).toEqual([withSignatures(first), []])
  disk.makeRoom()
  writeExport(folder, content(larger))
  expect([pathsIn(folder), wrongIn(folder, larger)]).toEqual([withSignatures(larger), []])
})

test('a first export that found no room leaves nothing, and what a killed one leaves is no file of others', ({
  skip,
}) => {
  if (noSmallDisk !== null) skip(noSmallDisk)
  const disk = mountSmallDisk(1, process.getuid?.() ?? 0, clean)
  const folder = join(disk.folder, 'mirror')
  openExportFolder(folder)
  const large = { 'bundles/en.json': '{}', 'en/index.html': '1', 'fa/index.html': 'x'.repeat(3_000_000) }
  expect(() => writeExport(folder, content(large))).toThrow(/ENOSPC/)
  expect(readdirSync(folder)).toEqual([])
  // Killed, it cannot clean up.
  mkdirSync(join(folder, 'bundles'))
  mkdirSync(join(folder, 'en'))
  writeFileSync(join(folder, 'en', '.index.html.0a1b2c3d.unfinished'), 'half')
  openExportFolder(folder)
  expect(writeExport(folder, content(first)).written).toBe(5)
  expect(pathsIn(folder)).toEqual(withSignatures(first))
})

test('a folder of others among empty ones is still refused, and so is a link', () => {
  const folder = join(scratchFolder(clean), 'site')
  mkdirSync(join(folder, 'bundles'), { recursive: true })
  mkdirSync(join(folder, 'fa', 'pictures'), { recursive: true })
  openExportFolder(folder)
  writeFileSync(join(folder, 'fa', 'pictures', 'one.png'), 'mine')
  expect(() => openExportFolder(folder)).toThrow(/such as fa\./)
  rmSync(join(folder, 'fa'), { recursive: true })
  symlinkSync(scratchFolder(clean), join(folder, 'fa'))
  expect(() => openExportFolder(folder)).toThrow(/such as fa\./)
})

test('nothing is written or removed through a link, and what is to be removed there stops no export', () => {
  const folder = opened()
  writeExport(folder, content(first))
  const elsewhere = join(scratchFolder(clean), 'elsewhere')
  for (const name of ['fa', 'bundles']) {
    rmSync(join(folder, name), { recursive: true })
    mkdirSync(join(elsewhere, name), { recursive: true })
    for (const file of [
      'index.html',
      'index.html.minisig',
      'fa.json',
      'fa.json.minisig',
      '.index.html.0a1b2c3d.unfinished',
    ])
      writeFileSync(join(elsewhere, name, file), 'mine')
    symlinkSync(join(elsewhere, name), join(folder, name))
  }
  const others = () => pathsIn(elsewhere).filter((path) => readFileSync(join(elsewhere, path), 'utf8') === 'mine')
  const without = { 'index.html': 'languages', 'en/index.html': 'two' }
  for (let nth = 1; nth <= 2; nth += 1) {
    expect(writeExport(folder, content(without))).toEqual({ written: 2 - nth, removed: 0, unchanged: nth })
    expect(others()).toHaveLength(10)
  }
  expect(() => writeExport(folder, content(first))).toThrow(/is a link or a file; a folder is wanted/)
  expect(others()).toHaveLength(10)
  expect(readFileSync(join(folder, 'en/index.html'), 'utf8')).toBe('two')
  rmSync(join(folder, 'fa'))
  writeFileSync(join(folder, 'fa'), 'a file')
  expect(() => writeExport(folder, content(first))).toThrow(/is a link or a file; a folder is wanted/)
  expect(writeExport(folder, content(without))).toMatchObject({ removed: 0, unchanged: 2 })
})

test.each(['pipe', 'socket', 'device'])(
  'a %s in the place of a file is refused in words, and nothing waits for it',
  async (kind) => {
    for (const place of ['.tocsin-export.json', 'index.html', 'index.html.minisig', 'bundles/fa.json']) {
      const folder = opened()
      writeExport(folder, content(first))
      const path = join(folder, place)
      rmSync(path)
      if (kind === 'pipe') execFileSync('mkfifo', [path])
      if (kind === 'device') symlinkSync('/dev/null', path)
      if (kind === 'socket') {
        const server = createServer().listen(path)
        await once(server, 'listening')
        clean(() => server.close())
      }
      expect(() => {
        refuseOtherNewsroom(folder, newsroom, true)
        openExportFolder(folder)
        writeExport(folder, content(first))
      }).toThrow(`${path} is no regular file; an export writes a file there.`)
    }
  },
)
