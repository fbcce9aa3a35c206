import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type FolderContent, openExportFolder, writeExport } from '../../../src/node/export/export-folder.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// What stands in the place of an exported file.

const clean = cleaning()
const content = (...texts: readonly string[]): FolderContent => ({
  files: new Map(texts.map((text, nth) => [`bundles/${nth}.json`, Buffer.from(text)])),
  sign: (_path, bytes) => `signed ${bytes}`,
  isSigned: (_path, bytes, signature) => signature === `signed ${bytes}`,
})

function exported(...texts: readonly string[]) {
  const folder = scratchFolder(clean)
  openExportFolder(folder)
  writeExport(folder, content(...texts))
  return {
    folder,
    at: (path: string) => join(folder, path),
    text: (path: string) => readFileSync(join(folder, path), 'utf8'),
  }
}

test.each(['bundles/1.json', 'bundles/1.json.minisig'])(
  'a folder in the place of %s is refused in words before anything changes, whether the file is to change or not',
  (path) => {
    for (const next of ['b', 'changed']) {
      const { folder, at, text } = exported('a', 'b')
      rmSync(at(path))
      mkdirSync(at(path))
      expect(() => writeExport(folder, content('new', next))).toThrow(
        `${at(path)} is a folder; an export writes a file there. Remove it.`,
      )
      expect([text('bundles/0.json'), text('bundles/0.json.minisig')]).toEqual(['a', 'signed a'])
      rmSync(at(path), { recursive: true })
      writeExport(folder, content('new', next))
      expect([text('bundles/0.json'), text('bundles/1.json.minisig')]).toEqual(['new', `signed ${next}`])
    }
  },
)

test.each(['bundles/1.json', 'bundles/1.json.minisig'])(
  'a folder where %s was is left alone once it is not exported any more',
  (path) => {
    const { folder, at } = exported('a', 'b')
    rmSync(at(path))
    mkdirSync(at(path))
    writeFileSync(join(at(path), 'mine'), 'mine')
    for (let nth = 1; nth <= 2; nth += 1) writeExport(folder, content('a'))
    expect(lstatSync(join(at(path), 'mine')).isFile()).toBe(true)
  },
)

test.each(['bundles/1.json', 'bundles/1.json.minisig', '.tocsin-export.json'])(
  'a link in the place of %s is replaced by the file, though it leads to the same bytes; what it leads to stays',
  (path) => {
    const { folder, at, text } = exported('a', 'b')
    const elsewhere = join(scratchFolder(clean), 'elsewhere')
    renameSync(at(path), elsewhere)
    symlinkSync(elsewhere, at(path))
    const wanted = readFileSync(elsewhere, 'utf8')
    writeExport(folder, content('a', 'b'))
    expect([lstatSync(at(path)).isFile(), text(path), readFileSync(elsewhere, 'utf8')]).toEqual([true, wanted, wanted])
    rmSync(at(path))
    symlinkSync(join(elsewhere, 'none'), at(path))
    if (path.startsWith('bundles')) writeExport(folder, content('a', 'b'))
    else rmSync(at(path))
    expect(lstatSync(at(path), { throwIfNoEntry: false })?.isSymbolicLink() ?? false).toBe(false)
  },
)
