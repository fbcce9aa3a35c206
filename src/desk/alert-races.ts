import type { Kind } from '../domain/alert-types.ts'
import { Problem } from '../domain/problem.ts'

/** A change of an alert, and the name of who made it; null: not known. */
export type NamedChange = { readonly kind: Kind; readonly at: string; readonly by: string | null }

/** The refusals of a change that came after a colleague's. */
const codes: readonly string[] = ['alert-changed', 'alert-retracted']

const deeds: Readonly<Record<Kind, string>> = {
  alert: 'published',
  update: 'updated',
  correction: 'corrected',
  retraction: 'retracted',
}

/** How many changes are told in words; of more, the newest. */
const toldMax = 3

/** Whether an error says that somebody else has changed the alert first. */
export function isLostRace(error: unknown): error is Problem {
  return error instanceof Problem && codes.includes(error.code)
}

/** Whether an error says that the alert says already what a change would say. */
export function isNothingNew(error: unknown): error is Problem {
  return error instanceof Problem && error.errors.some(({ code }) => code === 'nothing-new')
}

/** The same refusal, which begins with who did what to the alert. `changes`: oldest first. */
export function withDeeds(problem: Problem, changes: readonly NamedChange[]): Problem {
  const told = changes.slice(-toldMax).map(({ kind, at, by }) => {
    return `${by ?? 'Another editor'} ${deeds[kind]} the alert at ${at}.`
  })
  const { status, code, message, errors, extensions } = problem
  return new Problem(status, code, [...told, message].join(' '), { errors, extensions })
}
