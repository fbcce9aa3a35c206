import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileCache } from '../processes/compile-cache.ts'
import { scratchFolder } from '../scratch.ts'

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

type Environment = Readonly<Record<string, string>>

/** Starts `tocsin export` with a PUBLIC_URL as a shell does, as the leader of a process group: the program that writes is a child of it. */
export function startExport(args: readonly string[], env: Environment = {}) {
  return spawn(process.execPath, [main, 'export', ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PUBLIC_URL: 'https://alerts.example',
      ...compileCache,
      ...env,
    },
  })
}

/** The same, until it has ended. This process goes on meanwhile, so that its connections to a service stay usable. */
export async function exportCommand(args: readonly string[], env: Environment = {}) {
  const child = startExport(args, env)
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

/** The paths of an export's files, without their signatures and its list. */
export function exportedPaths(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile() && !/\.minisig$|^\.|\/\./.test(path))
    .sort()
}

/** The path of a newsroom's file with three languages, one of them right-to-left, a mirror, and no rules. */
export function smallNewsroom(clean: (undo: () => unknown) => void): string {
  const path = join(scratchFolder(clean), 'newsroom.json')
  const newsroom = {
    name: 'Radio Example',
    languages: [{ tag: 'en' }, { tag: 'fa' }, { tag: 'uk' }],
    topics: [{ id: 'iran', labels: { en: 'Iran', fa: 'ایران' } }],
    mirrors: ['https://mirror.example.org/tocsin/'],
    rules: 'none',
  }
  writeFileSync(path, JSON.stringify(newsroom))
  return path
}
