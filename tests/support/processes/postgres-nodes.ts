import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freshDatabase } from '../postgres/fresh-database.ts'
import { scratchFolder } from '../scratch.ts'
import { type Running, startNode } from './service.ts'

type Clean = (undo: () => unknown) => void
type Start = typeof startNode

/** The files in a data folder that every node needs a copy of. */
export const keyFiles = ['vapid.json', 'push-secret'] as const

/** Settings of a node on a database. */
export const onDatabase = (url: string) => ({ DATABASE_URL: url })

/** Several nodes on one new database, each with a data folder of its own: the first makes the keys, the others get copies. */
export async function startNodes(
  clean: Clean,
  count: number,
  env: Readonly<Record<string, string>> = {},
  start: Start = startNode,
): Promise<{
  readonly nodes: readonly [Running, ...Running[]]
  readonly databaseUrl: string
  /** The data folder of the first, with the keys that all have. */
  readonly dataDir: string
}> {
  const databaseUrl = await freshDatabase(clean)
  const dataDir = scratchFolder(clean)
  return {
    nodes: await startNodesOn(clean, databaseUrl, count, env, start, dataDir),
    databaseUrl,
    dataDir: join(dataDir, 'node-0'),
  }
}

/** The same on a database that is there. `folder`: for their data folders, `node-0` and so on. */
export async function startNodesOn(
  clean: Clean,
  databaseUrl: string,
  count: number,
  env: Readonly<Record<string, string>> = {},
  start: Start = startNode,
  folder = scratchFolder(clean),
): Promise<readonly [Running, ...Running[]]> {
  const begin = async (nth: number) => {
    const dataDir = join(folder, `node-${nth}`)
    mkdirSync(dataDir)
    if (nth > 0) for (const name of keyFiles) cpSync(join(folder, 'node-0', name), join(dataDir, name))
    const begun = () => start(dataDir, { ...onDatabase(databaseUrl), ...env })
    // A machine that is busy may not connect within two seconds: a service that ends for that is started again, as systemd does.
    const node = await begun().catch((error: unknown) => {
      if (!String(error).includes('(it does not answer)')) throw error
      return begun()
    })
    clean(() => node.end('SIGKILL'))
    return node
  }
  const first = await begin(0)
  const others = await Promise.all(Array.from({ length: count - 1 }, (_, nth) => begin(nth + 1)))
  return [first, ...others]
}
