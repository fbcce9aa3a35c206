/** A small strict reader of XML, for tests: throws where a document is not well-formed, gives its elements' texts. */
export function readXml(xml: string): readonly { readonly path: string; readonly text: string }[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 forbids is being looked for.
  const strange = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.exec(xml)
  if (strange || !xml.isWellFormed()) throw new Error('a character that XML 1.0 does not allow')
  const found: { path: string; text: string }[] = []
  const open: string[] = []
  let text = ''
  let rest = xml.replace(/^<\?xml version="1\.0" encoding="utf-8"\?>\s*/, '')
  const tag = /^<(\/?)([A-Za-z][\w:-]*)((?:\s+[A-Za-z][\w:-]*="[^"<]*")*)\s*(\/?)>/
  while (rest !== '') {
    if (!rest.startsWith('<')) {
      const end = rest.indexOf('<')
      text += decode(end < 0 ? rest : rest.slice(0, end))
      rest = end < 0 ? '' : rest.slice(end)
      continue
    }
    const [whole, closing, name, attributes, empty] = tag.exec(rest) ?? []
    if (whole === undefined || name === undefined) throw new Error(`not a tag: ${rest.slice(0, 60)}`)
    for (const [, value] of (attributes ?? '').matchAll(/="([^"]*)"/g)) decode(value ?? '')
    rest = rest.slice(whole.length)
    if (closing) {
      if (open.pop() !== name) throw new Error(`</${name}> closes another element`)
      found.push({ path: [...open, name].join('/'), text })
    } else if (empty) found.push({ path: [...open, name].join('/'), text: attributes ?? '' })
    else open.push(name)
    text = ''
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(', ')}`)
  return found
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

function decode(text: string): string {
  if (text.includes(']]>')) throw new Error(']]> in text')
  return text.replace(/&([^;]*);?/g, (whole, name: string) => {
    const char = whole.endsWith(';') ? entities[name] : undefined
    if (char === undefined) throw new Error(`an ampersand that is no entity: ${whole.slice(0, 20)}`)
    return char
  })
}
