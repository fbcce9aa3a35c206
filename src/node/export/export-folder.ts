import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { syncFolder } from '../backup/sync-folder.ts'
import { codeOf, StartError } from '../start-errors.ts'
import { exportListName, listedPaths, listText } from './export-list.ts'

/** What is to stand in the folder: files by their paths in it, and what makes and checks the signature of one. */
export type FolderContent = {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly sign: (path: string, bytes: Uint8Array) => string
  readonly isSigned: (path: string, bytes: Uint8Array, signature: string) => boolean
}

/** How many files were written and removed, and how many were right already. A file and its signature are one. */
export type FolderChange = { readonly written: number; readonly removed: number; readonly unchanged: number }

/** The folder cannot be written into now; a service that keeps one up to date goes on, and tries it again. */
export class FolderNotReady extends StartError {}

/** Everybody may read what is exported, whatever the umask is: a web server is another user. */
const modes = { file: 0o644, folder: 0o755 } as const
const draftEnd = '.unfinished'
/** What disks, repositories and web servers have in folders that are empty to those who made them. */
const usual: ReadonlySet<string> = new Set([
  ...['lost+found', '.git', '.gitignore', '.gitattributes', '.nojekyll', '.well-known', '.htaccess', '.DS_Store'],
])
export const signatureEnd = '.minisig'

/**
 * Makes the folder where there is none. Throws a StartError where it has other files and no export was ever written into it,
 * unless that is allowed, and where it cannot be one. `isWritten`: the caller has written an export into it before.
 */
export function openExportFolder(folder: string, mayHaveOthers = false, isWritten = false): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found !== undefined && !found.isDirectory()) throw new StartError(`${folder} is a file; a folder is wanted.`)
  const isExport = readFile(join(folder, exportListName)) !== null
  // What is seen of a disk that is not mounted is an empty folder, or none: written there, nobody would carry it anywhere.
  if (isWritten && !isExport)
    throw new FolderNotReady(
      `${join(folder, exportListName)}, which this service has written, is gone. Is the disk not mounted? Mount it. If the folder was emptied on purpose, run npx tocsin export into it once, or start the service again.`,
    )
  if (found === undefined) {
    if (statSync(dirname(resolve(folder)), { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new FolderNotReady(`${dirname(resolve(folder))} is not there, or is no folder. Mount or make it first.`)
    mkdirSync(folder)
    chmodSync(folder, modes.folder)
    return
  }
  if (mayHaveOthers || isExport) return
  // Of a disk, of a repository, of the system: no page that anybody means to publish.
  const others = readdirSync(folder).filter((name) => !usual.has(name) && hasFiles(join(folder, name)))
  if (others.length > 0)
    throw new FolderNotReady(
      `${folder} has files that no export has written, such as ${others[0]}. Give an empty folder or a new one; or write into this one once with npx tocsin export --force, which replaces files of the same names and leaves the others.`,
    )
}

/** Whether it is a file or has one, besides what an export that was cut off has left: folders, and files without their names. */
function hasFiles(path: string): boolean {
  if (path.endsWith(draftEnd)) return false
  return !isFolder(path) || readdirSync(path).some((name) => hasFiles(join(path, name)))
}

/** Whether a folder is, holds or lies within another, also by links. */
export function overlaps(folder: string, other: string): boolean {
  const [one, two] = [realPath(folder), realPath(other)]
  return [relative(one, two), relative(two, one)].some((way) => way === '' || (way !== '..' && !way.startsWith('../')))
}

function realPath(path: string): string {
  const whole = resolve(path)
  if (statSync(whole, { throwIfNoEntry: false }) !== undefined) return realpathSync(whole)
  return join(realPath(dirname(whole)), basename(whole))
}

/**
 * Brings the folder up to date. All new files are made first, under other names and on the disk; then each takes its place at
 * once. A signature is removed before the file that it belonged to changes: killed at any moment, what is there is whole, and
 * no signature stands beside a file that is another one. Files that are right are not touched, files that an earlier export
 * wrote and this one has not are removed, others are left alone. `stepped` is called after each change, for tests.
 * Throws errors of the system; then nothing was changed, or the next export mends it.
 */
export function writeExport(folder: string, content: FolderContent, stepped: () => void = () => {}): FolderChange {
  const earlier = listedPaths(readFile(join(folder, exportListName)))
  const drafts = new Map<string, string>()
  const changed = new Set<string>()
  const made: string[] = []
  const draft = (path: string, bytes: Uint8Array) => drafts.set(path, draftOf(folder, path, bytes, made))
  try {
    for (const [path, bytes] of content.files) {
      const isSame = isRight(join(folder, path), bytes)
      // Read in any case: where it cannot be replaced, nothing is.
      const signature = join(folder, `${path}${signatureEnd}`)
      const signed = readFile(signature)
      if (isSame && signed !== null && !isLink(signature) && content.isSigned(path, bytes, signed.toString())) continue
      changed.add(path)
      if (!isSame) draft(path, bytes)
      draft(`${path}${signatureEnd}`, Buffer.from(content.sign(path, bytes)))
    }
    // Nothing is removed through a link: it is another's folder.
    const gone = earlier.filter((path) => !content.files.has(path) && isWithin(folder, path))
    const put = (path: string) => move(folder, path, drafts, stepped)
    // It names all that may be there before any of it is.
    list(folder, [...content.files.keys(), ...gone], stepped)
    for (const path of changed) {
      if (drafts.has(path)) remove(folder, `${path}${signatureEnd}`, stepped)
      put(path)
      put(`${path}${signatureEnd}`)
    }
    for (const path of gone) for (const end of [signatureEnd, '']) remove(folder, `${path}${end}`, stepped)
    const isChanged = changed.size + gone.length > 0
    for (const each of foldersOf([...content.files.keys(), ...earlier])) tidy(folder, each, isChanged)
    list(folder, [...content.files.keys()], stepped)
    return { written: changed.size, removed: gone.length, unchanged: content.files.size - changed.size }
  } finally {
    for (const unused of drafts.values()) rmSync(unused, { force: true })
    for (const each of made) if (readdirSync(each).length === 0) rmdirSync(each)
  }
}

/** A link would be copied to the mirror as a link. */
function isRight(path: string, bytes: Uint8Array): boolean {
  return readFile(path)?.equals(bytes) === true && !isLink(path)
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
}

/** Writes the list of what an export has written, where it is another one. */
function list(folder: string, paths: readonly string[], stepped: () => void): void {
  const text = Buffer.from(listText(paths))
  if (isRight(join(folder, exportListName), text)) return
  renameSync(draftOf(folder, exportListName, text, []), join(folder, exportListName))
  syncFolder(folder)
  stepped()
}

function move(folder: string, path: string, drafts: Map<string, string>, stepped: () => void): void {
  const draft = drafts.get(path)
  if (draft === undefined) return
  renameSync(draft, join(folder, path))
  drafts.delete(path)
  stepped()
}

function isWithin(folder: string, path: string): boolean {
  return dirname(path) === '.' || isFolder(join(folder, dirname(path)))
}

function remove(folder: string, path: string, stepped: () => void): void {
  // Where a file of an earlier export was, somebody has made a folder since.
  if (!isFolder(join(folder, path))) rmSync(join(folder, path), { force: true })
  stepped()
}

/** Writes a file under a name of its own beside its place, so that it can be moved there. Gives its path. */
function draftOf(folder: string, path: string, bytes: Uint8Array, made: string[]): string {
  const place = join(folder, path)
  if (dirname(path) !== '.' && makeFolder(dirname(place))) made.push(dirname(place))
  const draft = join(dirname(place), `.${basename(path)}.${randomBytes(4).toString('hex')}${draftEnd}`)
  const file = openSync(draft, 'wx', modes.file)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    fchmodSync(file, modes.file)
    fsyncSync(file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  return draft
}

/** Gives whether it was not there before. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path)
    chmodSync(path, modes.folder)
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    // Through a link it would be written elsewhere.
    if (!isFolder(path)) throw new FolderNotReady(`${path} is a link or a file; a folder is wanted.`)
    return false
  }
}

/** Whether it is a folder, and no link to one. */
function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** The folders of an export's files, the one of the export too. */
function foldersOf(paths: readonly string[]): ReadonlySet<string> {
  return new Set(['.', ...paths.map((path) => dirname(path))])
}

/** Removes what an export that was cut off has left, and a folder that is empty then; what changed is on the disk then. */
function tidy(folder: string, path: string, isChanged: boolean): void {
  const place = join(folder, path)
  if (path !== '.' && !isFolder(place)) return
  const names = readdirSync(place)
  const left = names.filter((name) => /^\..+\.[0-9a-f]{8}\.unfinished$/.test(name))
  for (const name of left) rmSync(join(place, name), { force: true })
  if (path !== '.' && left.length === names.length) rmdirSync(place)
  else if (isChanged) syncFolder(place)
}

/** Reads a file; null where there is none. What is no regular file is refused: a pipe that nobody writes to would be waited for for ever. */
export function readFile(path: string): Buffer | null {
  const file = opened(path)
  if (file === null) return null
  try {
    const found = fstatSync(file)
    if (!found.isFile()) throw notAFile(path, found.isDirectory() ? 'a folder' : 'no regular file')
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

function opened(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null
    // A socket, or a device that is not there.
    if (codeOf(error) === 'ENXIO') throw notAFile(path, 'no regular file')
    throw error
  }
}

function notAFile(path: string, what: string): FolderNotReady {
  return new FolderNotReady(`${path} is ${what}; an export writes a file there. Remove it.`)
}
