import { resolve } from 'node:path'
import { newsroomWarnings } from '../../domain/newsroom-dropped.ts'
import { counted } from '../../domain/plural.ts'
import { signingOf } from '../../signing/key-ring.ts'
import { minisignKey } from '../../signing/minisign.ts'
import { publishedSigning } from '../../signing/statements.ts'
import { readNewsroom, readSettings } from '../newsroom-file.ts'
import { nodeSigner } from '../signing/node-signer.ts'
import { presentRing } from '../signing/signing-key-task.ts'
import { refuseUnknownKey } from '../signing/unknown-key.ts'
import { ConfigMistakes, explain, StartError } from '../start-errors.ts'
import { openExportFolder, overlaps } from './export-folder.ts'
import { type Exported, exportInto } from './export-run.ts'
import { openExportSource } from './export-source.ts'
import { besideSecrets, sentenceOf } from './export-words.ts'
import { refuseOtherNewsroom } from './exported-newsroom.ts'

/** What `npx tocsin export` passes to the program. */
export type ExportTask = {
  readonly folder: string
  readonly dataDir?: string
  readonly newsroomPath?: string
  /** The folder may have files that no export has written, or the export of another newsroom. */
  readonly force?: boolean
  /** Print the result as JSON, on one line. */
  readonly json?: boolean
  /** Print only what needs a person. */
  readonly quiet?: boolean
}

/** How often the progress of a long export is told, in milliseconds. */
const progressMs = 3_000

type Environment = Readonly<Record<string, string | undefined>>

/** Does the task, prints what came of it, and gives the exit code. */
export async function runExportTask(task: ExportTask, env: Environment): Promise<number> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
  try {
    const lines = await exported(task, env, stop.signal)
    if (task.quiet !== true || task.json) for (const line of lines) console.log(line)
    return 0
  } catch (error) {
    if (error instanceof ConfigMistakes) {
      const { code, lines } = explain(error)
      for (const line of lines) console.error(line)
      return code
    }
    const said = stop.signal.aborted ? 'Stopped. Nothing of this export was written.' : sentenceOf(error, task.folder)
    if (said === null) throw error
    console.error(said)
    return 1
  }
}

async function exported(task: ExportTask, env: Environment, signal: AbortSignal): Promise<readonly string[]> {
  const { folder, dataDir, newsroomPath, force = false, json = false, quiet = false } = task
  const config = await readSettings({
    ...env,
    // That of the service: it may be this very folder, before it is one of an export.
    EXPORT_DIR: undefined,
    ...(dataDir === undefined ? {} : { DATA_DIR: dataDir }),
    ...(newsroomPath === undefined ? {} : { NEWSROOM: newsroomPath }),
  })
  if (overlaps(folder, config.dataDir)) throw new StartError(besideSecrets(folder, config.dataDir))
  const newsroom = readNewsroom(config.newsroomPath)
  const source = await openExportSource(config)
  try {
    const signing = signingOf(nodeSigner, presentRing(config))
    refuseUnknownKey(signing.keys, { ...config, newestKey: await source.signing.newestKey() })
    if (!force) refuseOtherNewsroom(folder, newsroom.name, config.newsroomPath !== null)
    if (config.newsroomPath === null) console.error(noNewsroom)
    if (config.publicUrl === null) console.error(noPublicUrl)
    for (const line of newsroomWarnings(newsroom, await source.published())) console.error(`Warning: ${line}`)
    openExportFolder(folder, force)
    const now = Date.now()
    const { publicUrl } = config
    const signed = publishedSigning(signing, newsroom, now, config.signingKeyLost)
    const deps = { log: source.log, newsroom, signer: signing.signer, signed, publicUrl, now: () => now }
    const progress = json || quiet ? () => {} : progressLines(newsroom.languages.length)
    const result = await exportInto(folder, deps, signal, progress)
    return json
      ? [JSON.stringify({ folder: resolve(folder), ...result, at: new Date(result.atMs).toISOString() })]
      : linesOf(folder, result, newsroom.languages.length, minisignKey(signing.signer))
  } finally {
    await source.close()
  }
}

const noNewsroom =
  'Warning: NEWSROOM is not set here, so that the built-in example’s name, languages and (no) mirrors are exported. Give the newsroom’s file with --newsroom or NEWSROOM, as the service has it.'

const noPublicUrl =
  'Warning: PUBLIC_URL is not set here, so that the pages do not lead to the newsroom’s own site. Set it as the service has it.'

function linesOf(folder: string, { written, removed, unchanged, atMs }: Exported, languages: number, key: string) {
  const rest = [...(unchanged > 0 ? [`${unchanged} unchanged`] : []), ...(removed > 0 ? [`${removed} removed`] : [])]
  return [
    `Exported  ${folder}, as of ${new Date(atMs).toISOString()}`,
    `  ${counted(languages, 'language')}: ${[`${counted(written, 'file')} written`, ...rest].join(', ')}, each with its signature`,
    `  To verify one: minisign -V -P ${key} -m ${folder}/index.html`,
  ]
}

/** Tells the progress of a long export on the standard error. */
function progressLines(languages: number): (done: number) => void {
  let toldMs = performance.now()
  return (done) => {
    if (performance.now() - toldMs < progressMs) return
    toldMs = performance.now()
    console.error(`Made ${done} of ${counted(languages, 'language')}.`)
  }
}
