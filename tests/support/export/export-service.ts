import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { type Running, startNode } from '../processes/service.ts'
import { scratchFolder } from '../scratch.ts'
import { smallNewsroom } from './export-command.ts'

type Clean = Parameters<typeof scratchFolder>[0]

export const patience = { timeout: 30_000, interval: 50 }

/** A service that keeps an export in a folder up to date. */
export async function startExporting(
  clean: Clean,
  exportDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const dataDir = join(scratchFolder(clean), 'data')
  const service = await startNode(dataDir, { EXPORT_DIR: exportDir, NEWSROOM: smallNewsroom(clean), ...env })
  clean(() => service.end('SIGTERM'))
  return service
}

export const pageIn = (folder: string) => readFileSync(join(folder, 'en/index.html'), 'utf8')

/** Waits until the page in English shows something. */
export const shows = (folder: string, wanted: RegExp) =>
  vi.waitFor(() => expect(pageIn(folder)).toMatch(wanted), patience)

/** The value of a metric, as it is written; undefined: it is not there. */
export async function metric({ url }: Running, name: string): Promise<string | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return text
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.split(' ')[1]
}
