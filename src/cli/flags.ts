import { parseArgs } from 'node:util'
import { nearest } from '../domain/parsing/nearest.ts'
import { UsageError } from './shell.ts'

type Kind = 'text' | 'texts' | 'yes'
type Value<K extends Kind> = K extends 'text' ? string | undefined : K extends 'texts' ? readonly string[] : boolean
type Flags<Wanted extends Readonly<Record<string, Kind>>> = {
  readonly flags: { readonly [Name in keyof Wanted]: Value<Wanted[Name]> }
  readonly rest: readonly string[]
}

/**
 * Reads a command's arguments: `text` once, `texts` any number of times, `yes` without a value. Throws a Usage that
 * names the nearest known flag, and for more than `restMax` other words or what is no text in UTF-8.
 */
export function readFlags<Wanted extends Readonly<Record<string, Kind>>>(
  args: readonly string[],
  wanted: Wanted,
  restMax: number,
): Flags<Wanted> {
  // What is no UTF-8 comes so from Node; nobody means to write it.
  const unread = args.find((arg) => arg.includes('\ufffd'))
  if (unread !== undefined)
    throw new UsageError(
      `“${unread}” holds a character that is not UTF-8. Set the terminal, or save the script, in UTF-8.`,
    )
  const names = Object.keys(wanted)
  const options = Object.fromEntries(
    names.map((name) => [
      name,
      { type: wanted[name] === 'yes' ? ('boolean' as const) : ('string' as const), multiple: true },
    ]),
  )
  const { values, positionals } = parsed(joined(renamed(args, names), wanted), options)
  if (positionals.length > restMax) throw new UsageError(`“${positionals[restMax]}” is one word too many.`)
  const flags = names.map((name) => {
    const given = values[name] ?? []
    if (wanted[name] === 'texts') return [name, given]
    if (given.length > 1 && wanted[name] === 'text') throw new UsageError(`--${name} can be given once only.`)
    return [name, wanted[name] === 'yes' ? given.length > 0 : given[0]]
  })
  // Built name by name from `wanted` just above.
  return { flags: Object.fromEntries(flags) as Flags<Wanted>['flags'], rest: positionals }
}

/** The surface's own words, which everyone tries first. */
const alsoCalled: Readonly<Record<string, string>> = { languages: 'lang', language: 'lang', topics: 'topic' }

/** The arguments with the flags' usual names; what comes after `--` stays as it is. */
function renamed(args: readonly string[], known: readonly string[]): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  return args.map((arg, at) => {
    const [, name = '', rest = ''] = /^--([^=]+)(.*)$/s.exec(arg) ?? []
    const usual = alsoCalled[name]
    return at < end && usual !== undefined && !known.includes(name) && known.includes(usual) ? `--${usual}${rest}` : arg
  })
}

/**
 * A value may begin with a dash (`--headline "-50 %"`): it is joined to its flag, because Node's parser would take it for
 * a flag. What looks like a flag stays one; `--headline=--json` gives even that as a value.
 */
function joined(args: readonly string[], wanted: Readonly<Record<string, Kind>>): string[] {
  const found: string[] = []
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? ''
    if (arg === '--') return [...found, ...args.slice(at)]
    const kind = arg.startsWith('--') ? wanted[arg.slice(2)] : undefined
    const value = args[at + 1]
    const isValue = kind !== undefined && kind !== 'yes' && value !== undefined && /^-(?!-?[a-z]|-$|$)/i.test(value)
    found.push(isValue ? `${arg}=${value}` : arg)
    if (isValue) at += 1
  }
  return found
}

type Options = Record<string, { type: 'boolean' | 'string'; multiple: true | boolean }>

function parsed(args: readonly string[], options: Options) {
  for (const arg of args) {
    if (arg === '--') break
    const name = /^--([^=]+)/.exec(arg)?.[1]
    if (name !== undefined && !Object.hasOwn(options, name)) {
      const guess = nearest(name, Object.keys(options))
      throw new UsageError(`There is no flag --${name}.${guess ? ` Did you mean --${guess}?` : ''}`)
    }
  }
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
    return { values: values as Record<string, (string | boolean)[] | undefined>, positionals }
  } catch (error) {
    const [sentence] = String(error instanceof Error ? error.message : error).split('\n')
    throw new UsageError(sentence ?? 'The flags cannot be read.')
  }
}

/** Splits what may be given with commas or again and again: `--lang fa,en` is `--lang fa --lang en`. */
export function listed(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '')
}

/** A value that must be one of a few words. Throws a Usage naming them. */
export function oneOf<Word extends string>(
  flag: string,
  value: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (value === undefined) return undefined
  const found = words.find((word) => word === value)
  if (found === undefined) throw new UsageError(`--${flag} is ${words.join(', ')}, not “${value}”.`)
  return found
}
