import { counted, plural } from './plural.ts'

/** What a sentence says besides its words, by name: for who says it in another language. */
export type SaidValues = Readonly<Record<string, string | number | readonly string[]>>

/**
 * One mistake in a request: a JSON pointer to it (RFC 6901) and a sentence. `code`: by which programs know what it is;
 * `values`: the numbers and names in its sentence.
 */
export type Mistake = {
  readonly pointer: string
  readonly detail: string
  readonly code?: string
  readonly values?: SaidValues
}

/** The body of an `application/problem+json` response (RFC 9457). */
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

/** An expected error: an HTTP status, a stable kebab-case code, and a sentence that says what to do. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly errors: readonly Mistake[]
  readonly retryAfterSeconds: number | undefined
  /** Further members of the response (RFC 9457 §3.2). */
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

  /** The body of the response. It holds no stack trace. */
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

/** A mistake in one line. A mistake of the whole input has no pointer. */
export function mistakeLine({ pointer, detail }: Mistake): string {
  return pointer === '' ? detail : `${pointer}: ${detail}`
}

/** How many mistakes are listed: a body full of unknown names must not cause a response of megabytes. */
const mistakesMax = 100

/**
 * A mistake for each item. Only as many as are listed get a sentence, the others are counted: a client may send thousands,
 * and sentences cost time.
 */
export function mistakesFor<Item>(items: readonly Item[], mistake: (item: Item) => Mistake): readonly Mistake[] {
  return items.map((item, index) => (index < mistakesMax ? mistake(item) : { pointer: '', detail: '' }))
}

/** One Problem (400 `invalid`) with every mistake of a request. */
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

/** The parts of a request by name, each a function that parses it and may throw a Problem. */
export type Parsers = Readonly<Record<string, () => unknown>>
export type Parsed<Some extends Parsers> = { readonly [Name in keyof Some]: ReturnType<Some[Name]> }

/**
 * Parses all parts of a request, so that one response names the mistakes of all. If one part is wrong, throws its Problem
 * (400), with the part's name as pointer where it has none; if several are, one Problem (400 `invalid`) with all mistakes.
 * Any other error is thrown at once.
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
  return new Problem(status, code, message, { errors: [{ pointer: `/${name}`, code, detail: message }], extensions })
}
