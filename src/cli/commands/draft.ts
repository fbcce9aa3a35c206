import { readFile } from 'node:fs/promises'
import { type Level, levels } from '../../domain/alert-types.ts'
import { parseJsonBytes } from '../../domain/parsing/json.ts'
import { Problem } from '../../domain/problem.ts'
import { listOption, oneOf, type Program, singleOption } from '../command-line.ts'
import { CommandError, type Shell, UsageError } from '../shell.ts'

/** Adds the options with which an alert, or a change to one, is written. */
export function draftOptions(command: Program): Program {
  return command
    .addOption(oneOf('--level <level>', 'flash, urgent or routine', levels))
    .addOption(listOption('--topic <topics>', 'a topic; again, or with commas, for more'))
    .addOption(
      singleOption(
        '--lang <tag>',
        'the language of headline, summary, link and note, such as fa; for several, a JSON file',
      ),
    )
    .addOption(singleOption('--headline <text>', 'at most 200 characters; 40 show on a phone'))
    .addOption(singleOption('--summary <text>', 'at most 1,000 characters; 90 show on a phone'))
    .addOption(singleOption('--link <address>', "the story's https address (in JSON: url)"))
    .addOption(singleOption('--expires <time>', 'when it is no longer news, such as 2026-03-01T12:00:00Z'))
}

/** Adds the options that take a field out of a text; only a published text has something to take out. */
export function removalOptions(command: Program): Program {
  return command
    .option('--no-summary', 'take the summary out, in the language of --lang')
    .option('--no-link', 'take the link out')
    .option('--no-image', 'take the image out')
}

/** What was given of an alert by options. False: the field is taken out. */
export type Written = {
  readonly level?: Level
  readonly topic?: readonly string[]
  readonly lang?: string
  readonly headline?: string
  readonly summary?: string | false
  readonly link?: string | false
  /** True unless it is taken out: commander's default of an option that begins with `no` and has no opposite. */
  readonly image?: boolean
  readonly note?: string
  readonly expires?: string
}

/** What an editor wrote, as the service is to get it: from flags, or from a JSON file (`-`: the standard input). */
export async function readDraft(written: Written, file: string | undefined, shell: Shell): Promise<unknown> {
  const { image, ...others } = written
  const isGiven = image === false || Object.values(others).some((value) => value !== undefined)
  if (file === undefined) return fromOptions(written)
  if (isGiven) throw new UsageError(`Either the file “${file}” or flags, not both.`)
  return parseFile(file === '-' ? await shell.readInput() : await read(file), file)
}

function fromOptions(written: Written): unknown {
  const { level, topic: topics = [], lang, note, expires } = written
  const text = textOf(written)
  if ((text ?? note) !== undefined && lang === undefined) throw new UsageError('Say in which language it is: --lang fa')
  return {
    ...(level === undefined ? {} : { level }),
    ...(topics.length === 0 ? {} : { topics }),
    ...(text === undefined || lang === undefined ? {} : { texts: { [lang]: text } }),
    ...(note === undefined || lang === undefined ? {} : { note: { [lang]: note } }),
    ...(expires === undefined ? {} : { expiresAt: expires }),
  }
}

/** One language's text, field by field: what is not given is left out, what is taken out is null. */
function textOf({ headline, summary, link, image }: Written): object | undefined {
  const fields = Object.entries({ headline, summary, url: link, image: image === false ? image : undefined }).filter(
    ([, value]) => value !== undefined,
  )
  return fields.length === 0
    ? undefined
    : Object.fromEntries(fields.map(([name, value]) => [name, value === false ? null : value]))
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
