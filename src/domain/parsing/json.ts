import { invalid, type Mistake, Problem } from '../problem.ts'
import { pointerTo } from './parse.ts'

/** How deep lists and objects may lie in each other; nothing that is taken here comes near it. */
const depthMax = 32

/**
 * What a JSON text says (RFC 8259), `what` being its name in a refusal. One byte-order mark is passed over. Stricter than
 * `JSON.parse`, which lets the last of two equal names win (RFC 8259 §4 leaves it open) and takes half a surrogate pair.
 * Throws a Problem (400): `malformed-json`, or `invalid` with a pointer to each name that occurs twice, each `__proto__`
 * and each text that is not well-formed.
 */
export function parseJson(text: string, what = 'body'): unknown {
  const json = text.startsWith('\ufeff') ? text.slice(1) : text
  const value = parsed(json, what)
  const mistakes = mistakesIn(json)
  if (mistakes.length > 0) throw invalid(what, mistakes)
  return value
}

/** The same of bytes. Throws a Problem (400 `malformed-json`) also when they are not UTF-8. */
export function parseJsonBytes(bytes: Uint8Array, what = 'body'): unknown {
  return parseJson(decoded(bytes, what), what)
}

function decoded(bytes: Uint8Array, what: string): string {
  try {
    // The byte-order mark is kept: `parseJson` takes off one, and a second is no JSON.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw malformed(what)
  }
}

function parsed(json: string, what: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw malformed(what, error)
  }
}

const reasonMax = 120

function malformed(what: string, error?: unknown): Problem {
  // The engine names the place, with a few characters of the text around it.
  const reason =
    error instanceof Error
      ? ` (${error.message.replace('(line 1 column', '(column').slice(0, reasonMax).toWellFormed()})`
      : ''
  return new Problem(
    400,
    'malformed-json',
    `The ${what} is not well-formed JSON in UTF-8${reason}. Nothing was changed.`,
  )
}

/** An object or a list that the scan is inside of. `names` is null in a list. */
type Scope = { readonly names: Set<string> | null; key: string | number; next: 'name' | 'value' }

/** The parts of a JSON text that its structure hangs on: strings, brackets and commas. */
const partPattern = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/gs

/** What `JSON.parse` lets pass. The text is well-formed JSON: where a string stands tells whether it is a name. */
function mistakesIn(json: string): readonly Mistake[] {
  const scopes: Scope[] = []
  const mistakes: Mistake[] = []
  const mistake = (detail: string) => mistakes.push({ pointer: pointerTo(scopes.map(({ key }) => key)), detail })
  partPattern.lastIndex = 0
  for (let found = partPattern.exec(json); found !== null; found = partPattern.exec(json)) {
    const [part] = found
    const scope = scopes.at(-1)
    if (part === '{' || part === '[') {
      if (scopes.length === depthMax) {
        mistake(`Lists and objects lie in each other more than ${depthMax} deep.`)
        return mistakes
      }
      scopes.push(part === '{' ? { names: new Set(), key: '', next: 'name' } : { names: null, key: 0, next: 'value' })
    } else if (part === '}' || part === ']') scopes.pop()
    else if (part === ',') passOn(scope)
    else if (scope?.names && scope.next === 'name') takeName(scope, scope.names, textOf(part), mistake)
    else if (!textOf(part).isWellFormed()) mistake(halfPair)
  }
  return mistakes
}

function passOn(scope: Scope | undefined): void {
  if (typeof scope?.key === 'number') scope.key += 1
  else if (scope) scope.next = 'name'
}

function takeName(scope: Scope, names: Set<string>, name: string, mistake: (detail: string) => void): void {
  scope.key = name.toWellFormed()
  scope.next = 'value'
  if (names.has(name)) mistake('This name occurs twice here, and only one of the two could hold. Leave one out.')
  // An own `__proto__` is taken for something else, or dropped, by much that copies objects.
  if (name === '__proto__') mistake('This field is not known here; check its spelling or leave it out.')
  if (!name.isWellFormed()) mistake(halfPair)
  names.add(name)
}

const halfPair =
  'The text holds half a surrogate pair, which is no character (such as \\ud83d without its other half). Write it whole or leave it out.'

function textOf(part: string): string {
  return part.includes('\\') ? JSON.parse(part) : part.slice(1, -1)
}
