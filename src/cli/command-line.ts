import { Command, InvalidArgumentError, Option } from 'commander'
import type { ExitCode, Shell } from './shell.ts'

/** What a command is given besides its own arguments: the terminal, and where its exit code goes. */
export type Cli = { readonly shell: Shell; readonly done: (code: ExitCode) => void }

/** Defines a command of a program. */
export type CommandDefinition = (program: Program, cli: Cli) => void

/** Names that the service's own parameters have, which everyone tries first. */
const otherNames: Readonly<Record<string, string>> = {
  languages: 'lang',
  language: 'lang',
  topics: 'topic',
  version: 'alert-version',
}

const takesKey = /[<[]key[\]>]/
/** A public key or the id of one, in base64url. */
const keyLikeFlag = /^-[\w-]{10}(?:[\w-]{32})?$/
const looksLikeFlag = /^(--?[a-z]|--$)/i

/** Commander's command, stricter about values: a forgotten value must not publish the next flag as a headline. */
export class Program extends Command {
  override createCommand(name?: string): Program {
    return new Program(name)
  }

  override parseOptions(argv: string[]): ReturnType<Command['parseOptions']> {
    // Node gives a character for bytes that are no UTF-8; nobody means to write it.
    const unread = argv.find((arg) => arg.includes('\ufffd'))
    if (unread !== undefined)
      this.error(
        `error: “${unread}” holds a character that is not UTF-8. Set the terminal, or save the script, in UTF-8.`,
      )
    const given = this.#withKeys(argv)
    const end = given.includes('--') ? given.indexOf('--') : given.length
    const flags = given.slice(0, end).map((arg) => this.#usualName(arg))
    for (const [at, flag] of flags.entries()) {
      const option = this.options.find(({ long, required }) => required && long === flag)
      const value = given[at + 1]
      if (option !== undefined && value !== undefined && looksLikeFlag.test(value))
        this.error(
          `error: option '${option.flags}' argument missing; a value that begins so is given as ${flag}=${value}`,
        )
      const opposite = this.options.find(({ negate, long }) => negate && long === flag)?.attributeName()
      if (opposite !== undefined && flags.some((it) => it === `--${opposite}` || it.startsWith(`--${opposite}=`)))
        this.error(`error: either --${opposite} or ${flag}, not both`)
    }
    return super.parseOptions([...flags, ...given.slice(end)])
  }

  /** The arguments, where a key that begins with `-`, as one of 64 does, is joined to its option as its value. */
  #withKeys(argv: readonly string[]): string[] {
    const given: string[] = []
    for (const arg of argv) {
      const before = given.at(-1)
      const isOfKey = this.options.some(({ long, flags }) => long === before && takesKey.test(flags))
      const isFlag = this.options.some(({ long }) => long === arg)
      if (isOfKey && keyLikeFlag.test(arg) && !isFlag) given.splice(-1, 1, `${before}=${arg}`)
      else given.push(arg)
    }
    return given
  }

  #usualName(arg: string): string {
    const [, name = '', rest = ''] = /^--([^=]+)(.*)$/s.exec(arg) ?? []
    const usual = otherNames[name]
    return usual !== undefined && this.options.some(({ long }) => long === `--${usual}`) ? `--${usual}${rest}` : arg
  }
}

/** An option with a value that may be given once; `parse` throws an InvalidArgumentError for a value that is none. */
export function singleOption<Value = string>(
  flags: string,
  description: string,
  parse: (text: string) => Value = (text) => text as Value,
): Option {
  return new Option(flags, description).argParser((text: string, earlier: Value | undefined) => {
    if (earlier !== undefined) throw new InvalidArgumentError('It can be given only once.')
    return parse(text)
  })
}

/** An option whose values are given with commas, again and again, or both: `--lang fa,en` is `--lang fa --lang en`. */
export function listOption(flags: string, description: string): Option {
  const items = (text: string) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  return new Option(flags, description).argParser((text: string, earlier: readonly string[] = []) => [
    ...earlier,
    ...items(text),
  ])
}

/** An option whose value is one of a few words. */
export function oneOf<Word extends string>(flags: string, description: string, words: readonly Word[]): Option {
  return singleOption(flags, description, (text) => {
    const found = words.find((word) => word === text)
    if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${words.join(', ')}.`)
    return found
  })
}

/** An option whose value is a whole number from `min` to `max`. */
export function integerOption(flags: string, description: string, max: number, min = 1): Option {
  return singleOption(flags, description, (text) => {
    const number = Number(text)
    if (!/^(0|[1-9]\d*)$/.test(text) || number < min || number > max)
      throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`)
    return number
  })
}

/** The options of every command that asks a service. */
export const urlOption = () =>
  singleOption('--url <address>', 'the service (or TOCSIN_URL), http://localhost:3000 when absent')
export const jsonOption = () => new Option('--json', 'the answer as JSON, on one line')
