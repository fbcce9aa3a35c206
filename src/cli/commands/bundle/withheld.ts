import type { Unverified } from '../../../client/verified/verified-options.ts'
import { codeText, paint, type Shell } from '../../shell.ts'
import { type Asked, goOnLine } from '../entry-lines.ts'

/**
 * What `listen --verify` has received and not shown. Whoever goes on with another key is to see it: where to go on is before the first
 * entry that was withheld, whatever was shown after it.
 */
export class Withheld {
  readonly shell: Shell
  #before: string | undefined
  #first: string | undefined
  readonly #keys = new Set<string>()

  /** `after`: the cursor that reading began with. */
  constructor(after: string | undefined, shell: Shell) {
    this.#before = after
    this.shell = shell
  }

  get any(): boolean {
    return this.#first !== undefined
  }

  /** All up to a cursor was shown, or need not be. */
  showed(cursor: string | undefined): void {
    if (!this.any) this.#before = cursor ?? this.#before
  }

  /** Says that an entry is not shown, and of an unknown key once what to do. */
  withhold({ cursor, reason, keyId }: Unverified): void {
    const { shell } = this
    this.#first ??= cursor
    const what = `Entry ${codeText(shell, cursor)} could not be verified (${reason}), and is not shown.`
    const isNews = keyId !== undefined && !this.#keys.has(keyId) && this.#keys.size < keysToldMax
    if (isNews) this.#keys.add(keyId)
    shell.warn(paint(shell, 'red', isNews ? `${what} ${aboutKey(codeText(shell, keyId))}` : what))
  }

  /** The command that goes on before what was withheld, or that there is no place for that. */
  goOnLine(asked: Asked): string {
    const first = codeText(this.shell, this.#first ?? '')
    const before = this.#before
    if (before === undefined)
      return `Stopped. There is no cursor from before ${first}, the first entry that could not be verified, to go on from. The current alerts: /v1/alerts`
    const stopped = `Stopped; ${first} is the first entry that could not be verified, and ${codeText(this.shell, before)} is before it.`
    return goOnLine(before, asked, this.shell, stopped)
  }
}

/** Whoever makes up keys fills no screen with advice. */
const keysToldMax = 3

function aboutKey(id: string): string {
  const where = 'there: npx tocsin signing-key show; signingKeys of GET /v1/newsroom'
  return `It names the key ${id}, which does not follow from the trusted one. Compare this id, by another way than this connection, with the newsroom’s keys (${where}). Only if it is theirs, go on with its public key: --verify <key>.`
}
