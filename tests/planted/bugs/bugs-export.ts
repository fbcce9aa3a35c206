import type { Bug } from '../bugs.ts'

// Bugs in the plain files for mirrors.

const folder = 'src/node/export/export-folder.ts'
const folderTests = ['tests/node/export/export-folder.test.ts']
const exportTests = ['tests/export/make-export.test.ts']

export const exportBugs: readonly Bug[] = [
  {
    name: 'a signature stands beside a file that has changed already',
    file: folder,
    find: 'if (drafts.has(path)) remove(',
    put: 'if (drafts.size === 0) remove(',
    tests: folderTests,
  },
  {
    name: 'what is exported can be read by its owner only',
    file: folder,
    find: 'fchmodSync(file, modes.file)',
    put: '',
    tests: folderTests,
  },
  {
    name: 'each export writes every file again',
    file: folder,
    find: 'if (isSame && signed !== null && !isLink(signature) && content.isSigned(path, bytes, signed.toString())) continue',
    put: '',
    tests: folderTests,
  },
  {
    name: 'a language that the newsroom dropped stays in the export',
    file: folder,
    find: "for (const path of gone) for (const end of [signatureEnd, '']) remove(",
    put: 'for (const path of gone) for (const end of [signatureEnd]) remove(',
    tests: folderTests,
  },
  {
    name: 'a list in the folder can have any file removed',
    file: 'src/node/export/export-list.ts',
    find: ' && written.test(path)',
    put: '',
    tests: folderTests,
  },
  {
    name: 'a signature is good for the page of another language',
    file: 'src/signing/minisign.ts',
    find: 'function commentOf({ path, newsroom, atMs }: FileStatement)',
    put: "function commentOf({ newsroom, atMs }: FileStatement, path = 'index.html')",
    tests: ['tests/signing/minisign.test.ts'],
  },
  {
    name: 'an exported page says that it is newer than its bundle',
    file: 'src/export/make-export.ts',
    find: 'const pages: ExportedPages = { newsroom, at,',
    put: 'const pages: ExportedPages = { newsroom, at: new Date(deps.now()).toISOString(),',
    tests: exportTests,
  },
  {
    name: 'an exported page may be as long as it likes',
    file: 'src/export/exported-page.ts',
    find: 'while (bytes.length > bytesMax && count > 1)',
    put: 'while (bytes.length > bytesMax * 100 && count > 1)',
    tests: exportTests,
  },
  {
    name: 'a failed export is never tried again',
    file: 'src/node/export/export-loop.ts',
    find: "this.#isLeft = ran.kind !== 'done'",
    put: "this.#isLeft = ran.kind === 'waits'\n    this.#isStopped = ran.kind === 'failed'",
    tests: ['tests/node/export/export-loop.test.ts'],
  },
]
