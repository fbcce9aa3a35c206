import { createECDH, randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { CommandError } from '../shell.ts'

/** Keys and passwords of a cluster; the same for every node, and at every start on the same folder. */
export type ClusterSecrets = {
  readonly adminKey: string
  readonly databasePassword: string
  /** As in PUSH_SECRET. */
  readonly pushSecret: string
  /** As in VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY. */
  readonly vapidPublicKey: string
  readonly vapidPrivateKey: string
}

/** Where a cluster has its files. `isKept`: the folder was named by the user, and stays when the cluster ends. */
export type ClusterPlace = { readonly path: string; readonly isKept: boolean }

/** The folder of a cluster. */
export type ClusterFolder = ClusterPlace & { readonly secrets: ClusterSecrets }

const secretsFile = 'secrets.json'
const lockFile = 'cluster.pid'
/** Root gives PostgreSQL's user the way to its own folder inside, and nobody the names in it. */
const folderMode = process.getuid?.() === 0 ? 0o711 : 0o700

/** Opens the folder, or makes it. Throws a CommandError when it is not a cluster's, or in use. */
export function openClusterFolder({ path: given, isKept }: ClusterPlace): ClusterFolder {
  let path = given
  let isOurs = false
  try {
    if (isKept) makeFolder(path)
    else mkdirSync(path, { mode: 0o700 })
    isOurs = !isKept
    path = realpathSync(path)
    const isNew = !existsSync(join(path, secretsFile))
    if (isNew && readdirSync(path).length > 0)
      throw new CommandError(
        `${path} is not empty, and no cluster was started in it before. Name an empty folder with --data, or a new one.`,
      )
    const running = runningIn(path)
    if (running !== null)
      throw new CommandError(
        `${path} is in use by a cluster that runs (process ${running}). Stop that one, or name another folder with --data.`,
      )
    chmodSync(path, folderMode)
    if (isNew) writeFileSync(join(path, secretsFile), JSON.stringify(newSecrets(), null, 2), { mode: 0o600 })
    writeFileSync(join(path, lockFile), String(process.pid))
    const secrets = JSON.parse(readFileSync(join(path, secretsFile), 'utf8')) as ClusterSecrets
    return { path, isKept, secrets }
  } catch (error) {
    if (isOurs) rmSync(path, { recursive: true, force: true })
    if (error instanceof Error && 'syscall' in error) throw new CommandError(whyNot(path, codeOf(error)))
    throw error
  }
}

/** Makes one folder after the other: Node's recursive mkdir never ends where a file system answers ENOENT, such as /proc. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return
  const parent = dirname(path)
  if (parent !== path) makeFolder(parent)
  mkdirSync(path)
}

function whyNot(path: string, code: string): string {
  const another = 'Name another one with --data.'
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `The folder ${path} cannot be used: it, or a part of the way there, belongs to another user (${code}). ${another}`
    case 'EEXIST':
    case 'ENOTDIR':
      return `${path} is not a folder: it, or a part of the way there, is a file or a link to nothing. ${another}`
    case 'ENOENT':
      return `The folder ${path} cannot be made: no folder can be made there (${code}). ${another}`
    case 'EROFS':
      return `The folder ${path} cannot be used: the disk can only be read (${code}). ${another}`
    case 'ENOSPC':
    case 'EDQUOT':
      return `The folder ${path} cannot be used: the disk is full (${code}). Make room, or name another one with --data.`
    default:
      return `The folder ${path} cannot be used (${code}). ${another}`
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

/** Leaves the folder: deletes one that was made for this run. */
export function closeClusterFolder({ path, isKept }: ClusterPlace): void {
  if (isKept) rmSync(join(path, lockFile), { force: true })
  else rmSync(path, { recursive: true, force: true, maxRetries: 5 })
}

/** The process id of the cluster that runs in a folder; null: none. */
function runningIn(path: string): number | null {
  const file = join(path, lockFile)
  if (!existsSync(file)) return null
  const pid = Number(readFileSync(file, 'utf8'))
  try {
    process.kill(pid, 0)
    return pid
  } catch (error) {
    return error instanceof Error && codeOf(error) === 'EPERM' ? pid : null
  }
}

function newSecrets(): ClusterSecrets {
  const vapid = createECDH('prime256v1')
  vapid.generateKeys()
  return {
    adminKey: `cluster-${randomBytes(18).toString('base64url')}`,
    databasePassword: randomBytes(18).toString('hex'),
    pushSecret: randomBytes(32).toString('base64'),
    vapidPublicKey: vapid.getPublicKey('base64url'),
    // RFC 7518 §6.2.2.1: all 32 bytes, zeros at the front too.
    vapidPrivateKey: Buffer.from(vapid.getPrivateKey('hex').padStart(64, '0'), 'hex').toString('base64url'),
  }
}
