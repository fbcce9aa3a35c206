import { pointerTo } from '../domain/parsing/parse.ts'
import type { Mistake } from '../domain/problem.ts'
import { removedCharacters } from '../domain/text.ts'

const namedMax = 5

/** A warning for each text of a request from which control characters or unpaired direction marks were removed. `input`: the request as it came. */
export function removalWarnings(input: unknown): readonly Mistake[] {
  const { texts, note } = fieldsOf(input)
  const found: Mistake[] = []
  const look = (path: readonly string[], text: unknown) => {
    const taken = typeof text === 'string' ? removedCharacters(text) : []
    if (taken.length === 0) return
    const named = `${taken.slice(0, namedMax).join(', ')}${taken.length > namedMax ? ' and more' : ''}`
    found.push({
      pointer: pointerTo(path),
      code: 'characters-removed',
      values: { names: taken.slice(0, namedMax) },
      detail: `${named} was taken out: a control character, or a mark of direction without its partner. Does the text still say what it should?`,
    })
  }
  for (const [tag, text] of Object.entries(fieldsOf(texts))) {
    const { headline, summary, image } = fieldsOf(text)
    look(['texts', tag, 'headline'], headline)
    look(['texts', tag, 'summary'], summary)
    look(['texts', tag, 'image', 'alt'], fieldsOf(image).alt)
  }
  for (const [tag, words] of Object.entries(fieldsOf(note))) look(['note', tag], words)
  return found
}

function fieldsOf(input: unknown): Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input } : {}
}
