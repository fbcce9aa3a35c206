import { readFile } from 'node:fs/promises'
import { levels } from '../alert.ts'
import { parseJson } from '../json.ts'
import { Problem } from '../problem.ts'
import { listed, oneOf } from './flags.ts'
import { type Shell, Trouble, Usage } from './shell.ts'

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

export const draftHelp = `  --level      flash, urgent or routine
  --topic      a topic; again, or with commas, for more
  --lang       the language of what follows, such as fa
  --headline   at most 200 characters; 40 show on a phone
  --summary    at most 1,000 characters; 90 show on a phone
  --link       the story's https address
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
}

/** What an editor wrote, as the service is to get it: from flags, or from a JSON file (`-`: the standard input). */
export async function readDraft(flags: Given, file: string | undefined, shell: Shell): Promise<unknown> {
  const isGiven = Object.values(flags).some((value) => value !== undefined && value.length > 0)
  if (file === undefined) return fromFlags(flags)
  if (isGiven) throw new Usage(`Either the file “${file}” or flags, not both.`)
  return parseFile(file === '-' ? await shell.readInput() : await read(file), file)
}

function fromFlags({ level, topic, lang, headline, summary, link, note, expires }: Given): unknown {
  const topics = listed(topic)
  const inLanguage = headline ?? summary ?? link ?? note
  if (inLanguage !== undefined && lang === undefined) throw new Usage('Say in which language it is: --lang fa')
  if ((summary ?? link) !== undefined && headline === undefined)
    throw new Usage('A text is changed as a whole: give its --headline too.')
  const text =
    headline === undefined
      ? undefined
      : { headline, ...(summary === undefined ? {} : { summary }), ...(link === undefined ? {} : { url: link }) }
  return {
    ...(level === undefined ? {} : { level: oneOf('level', level, levels) }),
    ...(topics.length === 0 ? {} : { topics }),
    ...(text === undefined || lang === undefined ? {} : { texts: { [lang]: text } }),
    ...(note === undefined || lang === undefined ? {} : { note: { [lang]: note } }),
    ...(expires === undefined ? {} : { expiresAt: expires }),
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Trouble(`The file “${file}” cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

function parseFile(text: string, file: string): unknown {
  try {
    return parseJson(text, file === '-' ? 'standard input' : `file “${file}”`)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const lines = error.errors.map(({ pointer, detail }) => `\n  ${pointer || '/'}  ${detail}`)
    throw new Trouble(`${error.message}${lines.join('')}`)
  }
}
