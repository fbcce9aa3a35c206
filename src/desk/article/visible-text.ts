import { Tokenizer } from 'htmlparser2'
import { readCharsMax } from './article-text.ts'
import { isInline, isVoid } from './page-elements.ts'

/** Elements whose text no browser shows as a part of the page, and menus. */
const unseen = new Set(
  'head script style noscript template svg math iframe object nav button textarea select option title noembed noframes'.split(
    ' ',
  ),
)
const hidden = /display\s*:\s*none|visibility\s*:\s*hidden/i

/**
 * The visible text of HTML that says nothing of its parts: one line for each run of text between two tags that break lines.
 * No tree is built, so that the depth of its elements costs nothing.
 */
export function visibleText(html: string): string {
  const source = html.slice(0, readCharsMax)
  let out = ''
  let opened = ''
  let attribute = ''
  let isHidden = false
  /** The element whose content is left out, and how many of its name are open. */
  let skipped = ''
  let depth = 0
  const take = (text: string) => {
    if (depth === 0) out += text
  }
  const begin = () => {
    if (!isInline(opened)) take('\n')
    if (isVoid(opened)) return
    if (depth > 0) depth += opened === skipped ? 1 : 0
    else if (isHidden || unseen.has(opened)) [skipped, depth] = [opened, 1]
  }
  const nothing = () => {}
  const tokenizer = new Tokenizer(
    { xmlMode: false, decodeEntities: true },
    {
      onopentagname(start, end) {
        opened = source.slice(start, end).toLowerCase()
        isHidden = false
      },
      onattribname(start, end) {
        attribute = source.slice(start, end).toLowerCase()
        if (attribute === 'hidden') isHidden = true
      },
      onattribdata(start, end) {
        if (attribute === 'style' && hidden.test(source.slice(start, Math.min(end, start + styleCharsMax))))
          isHidden = true
      },
      onopentagend: begin,
      onselfclosingtag: begin,
      onclosetag(start, end) {
        const name = source.slice(start, end).toLowerCase()
        if (depth > 0 && name === skipped) depth -= 1
        if (!isInline(name)) take('\n')
      },
      // In the source a line's end is a space like any other.
      ontext: (start, end) => take(source.slice(start, end).replace(/[\r\n]+/g, ' ')),
      ontextentity: (codepoint) => take(String.fromCodePoint(codepoint)),
      ...{ onattribend: nothing, onattribentity: nothing, oncdata: nothing, oncomment: nothing },
      ...{ ondeclaration: nothing, onend: nothing, onprocessinginstruction: nothing },
    },
  )
  tokenizer.write(source)
  tokenizer.end()
  return out
}

const styleCharsMax = 4_096
