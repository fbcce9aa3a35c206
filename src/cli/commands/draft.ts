import { readFile } from 'node:fs/promises'
import { levels } from '../../domain/alert-types.ts'
import { parseJsonBytes } from '../../domain/parsing/json.ts'
import { Problem } from '../../domain/problem.ts'
import { listed, oneOf } from '../flags.ts'
import { CommandError, type Shell, UsageError } from '../shell.ts'

/** The flags with which an alert, or a change to one, is written. */
export const draftFlags = {
  level: 'text',
  topic: 'texts',
  lang: 'text',
  headline: 'text',
  summary: 'text',
  link: 'text',
  note: 'text',
  expires: 'text',
} as const

/** The flags that take a field out of a text; only what is out already has something to take out. */
export const removalFlags = { 'no-summary': 'yes', 'no-link': 'yes', 'no-image': 'yes' } as const

export const removalHelp = `  --no-summary --no-link --no-image   take it out, in the language of --lang`

export const draftHelp = `  --level      flash, urgent or routine
  --topic      a topic; again, or with commas, for more
  --lang       the language of headline, summary, link and note, such as fa; for several, a JSON file
  --headline   at most 200 characters; 40 show on a phone
  --summary    at most 1,000 characters; 90 show on a phone
  --link       the story's https address (in JSON: url)
  --expires    when it is no longer news, such as 2026-03-01T12:00:00Z`

type Given = {
  readonly level?: string | undefined
  readonly topic: readonly string[]
  readonly lang?: string | undefined
  readonly headline?: string | undefined
  readonly summary?: string | undefined
  readonly link?: string | undefined
  readonly note?: string | undefined
  readonly expires?: string | undefined
  readonly 'no-summary'?: boolean
  readonly 'no-link'?: boolean
  readonly 'no-image'?: boolean
}

/** What an editor wrote, as the service is to get it: from flags, or from a JSON file (`-`: the standard input). */
export async function readDraft(flags: Given, file: string | undefined, shell: Shell): Promise<unknown> {
  const isGiven = Object.values(flags).some((value) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false,
  )
  if (file === undefined) return fromFlags(flags)
  if (isGiven) throw new UsageError(`Either the file “${file}” or flags, not both.`)
  return parseFile(file === '-' ? await shell.readInput() : await read(file), file)
}

function fromFlags(given: Given): unknown {
  const { level, topic, lang, note, expires } = given
  const topics = listed(topic)
  const text = textOf(given)
  if ((text ?? note) !== undefined && lang === undefined) throw new UsageError('Say in which language it is: --lang fa')
  return {
    ...(level === undefined ? {} : { level: oneOf('level', level, levels) }),
    ...(topics.length === 0 ? {} : { topics }),
    ...(text === undefined || lang === undefined ? {} : { texts: { [lang]: text } }),
    ...(note === undefined || lang === undefined ? {} : { note: { [lang]: note } }),
    ...(expires === undefined ? {} : { expiresAt: expires }),
  }
}

/** One language's text, field by field: what is not given is left out, what is to go is null. */
function textOf(given: Given): object | undefined {
  const fields = [
    ['headline', given.headline],
    ['summary', removable(given, 'summary')],
    ['url', removable(given, 'link')],
    ['image', given['no-image'] ? null : undefined],
  ] as const
  const text = fields.filter(([, value]) => value !== undefined)
  return text.length === 0 ? undefined : Object.fromEntries(text)
}

function removable(given: Given, flag: 'summary' | 'link'): string | null | undefined {
  if (!given[`no-${flag}`]) return given[flag]
  if (given[flag] !== undefined) throw new UsageError(`Either --${flag} or --no-${flag}, not both.`)
  return null
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new CommandError(`The file “${file}” cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

function parseFile(bytes: Uint8Array, file: string): unknown {
  try {
    return parseJsonBytes(bytes, file === '-' ? 'standard input' : `file “${file}”`)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const lines = error.errors.map(({ pointer, detail }) => `\n  ${pointer || '/'}  ${detail}`)
    throw new CommandError(`${error.message}${lines.join('')}`)
  }
}
