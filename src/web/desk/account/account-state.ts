import { type Level, levels } from '../../../domain/alert-types.ts'
import { wholeNumberOf } from '../../../domain/parsing/digits.ts'
import type { Mistake } from '../../../domain/problem.ts'
import type { DeskEditor } from '../state/desk-state.ts'
import { type HooksState, noHooks } from './webhooks/webhooks-state.ts'

/** What a key can be made for, as the service names it. */
export const roles = ['writer', 'editor', 'admin'] as const
export type Role = (typeof roles)[number]

/** Where somebody is signed in. Days only. */
export type OpenSession = {
  readonly id: string
  readonly editor: { readonly id: string; readonly name: string }
  readonly openedOn: string | null
  readonly lastUsedOn: string | null
  readonly isCurrent: boolean
}

/** A key as admins see it: never the key itself. `levels`: which it publishes; absent: all. */
export type ListedKey = {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly createdAt: string
  readonly levels?: readonly Level[]
  readonly expiresAt?: string
  readonly lastUsedOn: string | null
}

/** A line of the audit log. */
export type LoggedAct = {
  readonly id: number
  readonly at: string
  readonly by: { readonly id: string; readonly name: string } | null
  readonly act: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** Lines, newest first; `next`: there may be older ones, after this. */
export type AuditPage = { readonly lines: readonly LoggedAct[]; readonly next?: string }

/** What a new key is to be. */
export type KeyForm = {
  readonly name: string
  readonly role: Role
  readonly levels: readonly Level[]
  /** After how many days it ends, as it was typed; empty: it does not. */
  readonly days: string
}

/** The parts of the view that tell what became of a press. */
export type Place = 'push' | 'sessions' | 'keys' | 'make' | 'hooks' | 'hook' | 'dead' | 'audit'

/** Everything that “Account and keys” shows. Null: not read yet. */
export type AccountState = {
  readonly me: DeskEditor | null
  readonly sessions: readonly OpenSession[] | null
  readonly keys: readonly ListedKey[] | null
  readonly audit: AuditPage | null
  readonly form: KeyForm
  /** What is wrong in the form of a part of the view. */
  readonly mistakes: readonly (Mistake & { readonly place: Place })[]
  /** The key that was just made: nobody can show it again. */
  readonly made: { readonly name: string; readonly key: string } | null
  readonly hooks: HooksState
  /** The key about which it is asked whether it is revoked: its id. */
  readonly asking: string | null
  readonly note: { readonly place: Place; readonly kind: 'said' | 'error'; readonly words: string } | null
}

const newForm: KeyForm = { name: '', role: 'editor', levels, days: '' }

export const noAccount: AccountState = {
  ...{ me: null, sessions: null, keys: null, audit: null, form: newForm, mistakes: [] },
  ...{ made: null, asking: null, hooks: noHooks, note: null },
}

/** Whether something was typed that is no number of days: the service, which is told a time, would ask for a time. */
export function isNoDays({ days }: Pick<KeyForm, 'days'>): boolean {
  return days.trim() !== '' && wholeNumberOf(days) === null
}

/** The mistakes in the form of a part of the view. */
export function mistakesIn({ mistakes }: Pick<AccountState, 'mistakes'>, place: Place): readonly Mistake[] {
  return mistakes.filter((it) => it.place === place)
}

/** One's own sessions, this one first: admins are told everybody's. */
export function ownSessions({ sessions, me }: Pick<AccountState, 'sessions' | 'me'>): readonly OpenSession[] {
  const own = (sessions ?? []).filter(({ editor }) => editor.id === me?.id)
  return [...own.filter(({ isCurrent }) => isCurrent), ...own.filter(({ isCurrent }) => !isCurrent)]
}

/** Why a key cannot be revoked here; null: it can. The service refuses the last admin's, also when two act at once. */
export function refusalOf(
  { id }: Pick<ListedKey, 'id'>,
  { keys, me }: Pick<AccountState, 'keys' | 'me'>,
): 'keyMine' | 'keyOnlyAdmin' | null {
  if (id !== me?.id) return null
  return (keys ?? []).some((key) => key.role === 'admin' && key.id !== id) ? 'keyMine' : 'keyOnlyAdmin'
}

/** More than these are no date any more. */
const daysMax = 99_999
const dayMs = 24 * 60 * 60_000
/** So long before its end an editor is told of it. */
const warnedMs = 7 * dayMs

/** Whether a key ends so soon that its editor is told. */
export function endsSoon({ expiresAt }: { readonly expiresAt?: string }, now: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) - now <= warnedMs
}

/** The body of `POST /v1/desk/editors`. A writer publishes nothing, so that it has no levels; all of them is the usual. */
export function newKeyOf({ name, role, levels: chosen, days }: KeyForm, now: number): object {
  const isUsual = role === 'writer' || chosen.length === levels.length
  // What is no number of days is left for the service to refuse.
  const count = wholeNumberOf(days)
  const end = count === null || count > daysMax ? days.trim() : new Date(now + count * dayMs).toISOString()
  return { name: name.trim(), role, ...(isUsual ? {} : { levels: chosen }), ...(end === '' ? {} : { expiresAt: end }) }
}

/** The form with a level chosen or not. */
export function withLevel(form: KeyForm, level: Level, isChosen: boolean): KeyForm {
  return { ...form, levels: levels.filter((it) => (it === level ? isChosen : form.levels.includes(it))) }
}

/** A key was made: the form is empty for the next one. */
export function withMade(state: AccountState, name: string, key: string): AccountState {
  return { ...state, form: newForm, mistakes: [], made: { name, key } }
}

/** Older lines after those that are shown. */
export function withOlder(state: AccountState, page: AuditPage): AccountState {
  const known = new Set(state.audit?.lines.map(({ id }) => id))
  const lines = [...(state.audit?.lines ?? []), ...page.lines.filter(({ id }) => !known.has(id))]
  return { ...state, audit: { ...page, lines } }
}

/** Whether lines would be missing between the newest ones and those that are shown. */
export function isGapBetween({ audit }: Pick<AccountState, 'audit'>, page: AuditPage): boolean {
  const oldest = page.lines[page.lines.length - 1]?.id ?? 0
  return audit !== null && page.next !== undefined && !audit.lines.some(({ id }) => id >= oldest)
}

/** The newest lines over those that are shown. The older ones stay unless lines between them would be missing. */
export function withNewest(state: AccountState, page: AuditPage): AccountState {
  const { audit } = state
  const oldest = page.lines[page.lines.length - 1]?.id ?? 0
  if (audit === null || page.next === undefined || isGapBetween(state, page)) return { ...state, audit: page }
  const lines = [...page.lines, ...audit.lines.filter(({ id }) => id < oldest)]
  return { ...state, audit: { ...audit, lines } }
}

/** An id (hexadecimal, or a UUID), and a SHA-256 in base64url, which has 43 characters. */
const forPrograms = /^(?:[0-9a-f-]{32,}|[\w-]{43})$/i

/** A value that a line of the audit log tells, by its name. */
export type Detail = readonly [name: string, value: string | readonly string[]]

/** What a line says besides who did what: each value by its name. Ids and hashes are for programs and left out. */
export function detailOf(detail: LoggedAct['detail']): readonly Detail[] {
  return Object.entries(detail).flatMap(([name, value]): Detail[] => {
    if (value === null || value === undefined || value === '') return []
    if (Array.isArray(value)) {
      const people = value.flatMap((it) => (typeof Object(it).name === 'string' ? [String(it.name)] : []))
      const words = [...value.filter((it) => typeof it !== 'object').map(String), ...people]
      return words.length === 0 ? [] : [[name, words]]
    }
    if (typeof value === 'object') return [...detailOf(value as LoggedAct['detail'])]
    const text = String(value)
    return forPrograms.test(text) ? [] : [[name, text]]
  })
}
