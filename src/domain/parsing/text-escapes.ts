/** An escape, tag or placeholder in a text: its kind in words, and the piece itself. */
type Escape = { readonly what: string; readonly piece: string }

const kinds: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['an HTML entity', /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});/i],
  // Entities that HTML also reads without a semicolon, and frequent ones of typography.
  [
    'an HTML entity',
    /&(?:nbsp|amp|lt|gt|quot|apos|copy|reg|deg|shy|laquo|raquo|[lr][sd]quo|[nm]dash|hellip|#\d{2,7}|#x[0-9a-f]{2,6})(?![a-z0-9;])/i,
  ],
  ['an HTML tag', /<(?:\/?[a-z][a-z0-9-]*(?:\s[^<>]*)?\/?|!--[^>]*--)>/i],
  ['the blank of a template', /\{\{[^{}]*\}\}|\$\{[^{}]*\}|<%[^%]*%>|\{%[^%]*%\}|\[\[[^[\]]*\]\]|\{[a-z_][\w.]*\}/i],
  ['the blank of a template', /(?<![\d\w%])%(?:\d+\$)?[sd@](?![\w])|%\([a-z_]\w*\)[sd]|(?<!\S)%[A-Z_]{2,}%/],
  ['an escape of a program', /\\(?:u\{[0-9a-f]{1,6}\}|u[0-9a-f]{4}|x[0-9a-f]{2}|[nrt"'])/i],
  // “null and void” is English, “null zu null” German.
  [
    'a value of a program',
    /(?<![\p{L}\p{N}'’-]|\b(?:zu|und|and)\s)(?:undefined|NaN|null(?!\s+(?:and|or|zu|und|bis)\s))(?![\p{L}\p{N}'’-])|\[object \w+\]/u,
  ],
  ['a link of Markdown', /\[[^[\]]+\]\((?:[a-z]+:|\/|#)[^()\s]*\)/i],
  [
    'bold type of Markdown',
    /\*\*[^\s*](?:[^*]*[^\s*])?\*\*|(?<![\p{L}\p{N}_])__[^\s_](?:[^_]*[^\s_])?__(?![\p{L}\p{N}_])/u,
  ],
  ['an encoded word of e-mail', /=\?[\w-]+\?[bq]\?[^?\s]*\?=/i],
  ['an escape of e-mail', /(?:=[0-9A-F]{2}){2,}/],
  ['a percent escape', /(?:%[0-9a-f]{2}){2,}|%20/i],
  ['the sign of a character that was lost', /\ufffd/],
]

/** Escapes, tags, placeholders of templates and broken encodings in a text, which readers would see as they stand. */
export function escapesIn(text: string): readonly Escape[] {
  const found: Escape[] = []
  for (const [what, pattern] of kinds) {
    const piece = pattern.exec(text)?.[0]
    if (piece !== undefined) found.push({ what, piece })
  }
  const broken = brokenEncodingIn(text)
  return broken === null ? found : [...found, { what: 'UTF-8 read as another encoding', piece: broken }]
}

// The characters that Windows-1252 has for the bytes 0x80 to 0xbf (https://encoding.spec.whatwg.org/#windows-1252): they go
// on with what a lead byte began.
const after = '[€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ\u00a0-\u00bf]'
const sequence = `[Â-ß]${after}|[à-ï]${after}{2}|[ð-ô]${after}{3}`
const sequences = new RegExp(`(?:${sequence})+`, 'g')
const oneSequence = new RegExp(sequence, 'g')
const telling = /^(?:[ÂÃ][\u00a0-\u00ba\u00bc-\u00bf]|â€|ï»¿|ðŸ)/

/**
 * A piece that is UTF-8 read as Windows-1252 (`â€™` for ’), or null. A capital letter before a closing quotation mark may
 * look like one by chance (`É»`), so that a single one of the rarer kinds is not enough.
 */
function brokenEncodingIn(text: string): string | null {
  const pieces = text.match(sequences) ?? []
  const sure = pieces.find((piece) => telling.test(piece) || (piece.match(oneSequence)?.length ?? 0) > 1)
  return sure ?? (pieces.length > 2 ? (pieces[0] ?? null) : null)
}
