import { counted, plural } from './plural.ts'

/** One mistake in a request: a JSON pointer to it (RFC 6901) and a sentence. */
export type Mistake = { readonly pointer: string; readonly detail: string }

/** The body of an `application/problem+json` answer (RFC 9457). */
export type ProblemBody = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly errors?: readonly Mistake[]
  /** Members of this one code (RFC 9457 §3.2). */
  readonly [extension: string]: unknown
}

/** Expected trouble: a status, a stable kebab-case code, and one sentence with the way out. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly errors: readonly Mistake[]
  readonly retryAfterSeconds: number | undefined
  /** What the answer says beside the usual members: extensions as of RFC 9457 §3.2. */
  readonly extensions: Readonly<Record<string, unknown>>

  constructor(
    status: number,
    code: string,
    detail: string,
    more: {
      readonly errors?: readonly Mistake[]
      readonly retryAfterSeconds?: number
      readonly extensions?: Readonly<Record<string, unknown>>
    } = {},
  ) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.errors = more.errors ?? []
    this.retryAfterSeconds = more.retryAfterSeconds
    this.extensions = more.extensions ?? {}
  }

  /** The body to answer with. Gives no stack and nothing that the sentence does not say. */
  body(): ProblemBody {
    return {
      type: `urn:tocsin:problem:${this.code}`,
      title: this.code.replaceAll('-', ' ').replace(/^./, (first) => first.toUpperCase()),
      status: this.status,
      code: this.code,
      detail: this.message,
      ...(this.errors.length > 0 ? { errors: this.errors } : {}),
      ...this.extensions,
    }
  }
}

/** A mistake in one line; what is wrong as a whole has no pointer. */
export function mistakeLine({ pointer, detail }: Mistake): string {
  return pointer === '' ? detail : `${pointer}: ${detail}`
}

/** So many mistakes are told one by one: a body of nothing but unknown names must not make an answer of megabytes. */
const mistakesMax = 100

/**
 * A mistake for each of them. Put into words are as many as are told at most, the others are only counted: the words cost
 * time, and a stranger may send thousands.
 */
export function mistakesFor<Item>(items: readonly Item[], mistake: (item: Item) => Mistake): readonly Mistake[] {
  return items.map((item, index) => (index < mistakesMax ? mistake(item) : { pointer: '', detail: '' }))
}

/** Gathers every mistake of one request, so that they are told all at once. */
export function invalid(what: string, mistakes: readonly Mistake[]): Problem {
  const [first] = mistakes
  const left = mistakes.length - mistakesMax
  const errors =
    left > 0
      ? [
          ...mistakes.slice(0, mistakesMax),
          { pointer: '', detail: `And ${counted(left, 'more mistake')} that ${plural(left, 'is', 'are')} not listed.` },
        ]
      : mistakes
  const more = mistakes.length > 1 ? ` (and ${mistakes.length - 1} more, see errors)` : ''
  const where = first && first.pointer !== '' ? `${first.pointer}: ` : ''
  return new Problem(400, 'invalid', `The ${what} cannot be taken. ${where}${first?.detail ?? ''}${more}`, { errors })
}

/** The parts of a request by their names, each made by a function that may throw a Problem. */
export type Parsers = Readonly<Record<string, () => unknown>>
export type Parsed<Some extends Parsers> = { readonly [Name in keyof Some]: ReturnType<Some[Name]> }

/**
 * Makes each part of a request by its name, so that what is wrong with several is told at once. Throws one part's
 * Problem (400) as it is but for its pointer, the part's name where it has none; of more, one Problem (400 `invalid`)
 * with the mistakes of all. What is not the input's fault is thrown at once.
 */
export function parseAll<Some extends Parsers>(what: string, parsers: Some): Parsed<Some> {
  const refused: Problem[] = []
  const made = Object.entries(parsers).map(([name, make]) => {
    try {
      return [name, make()]
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 400) throw error
      refused.push(pointed(error, name))
      return [name, undefined]
    }
  })
  const [first, second] = refused
  if (first === undefined) return Object.fromEntries(made) as Parsed<Some>
  throw second === undefined
    ? first
    : invalid(
        what,
        refused.flatMap(({ errors }) => errors),
      )
}

function pointed(problem: Problem, name: string): Problem {
  const { status, code, message, errors, extensions } = problem
  if (errors.length > 0) return problem
  return new Problem(status, code, message, { errors: [{ pointer: `/${name}`, detail: message }], extensions })
}
