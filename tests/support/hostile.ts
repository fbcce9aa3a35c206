import fc from 'fast-check'

/** Pieces that break out of markup, XML, JSON in markup, or the direction of a line, where they are let. */
const pieces = [
  ...[
    '<script>alert(1)</script>',
    '</script>',
    '</title>',
    '</template>',
    '<img src=x onerror=alert(1)>',
    '<!--',
    '-->',
  ],
  ...[
    ']]>',
    '<![CDATA[',
    '&lt;',
    '&amp;',
    '&#0;',
    '&',
    '<',
    '>',
    '"',
    "'",
    '`',
    '%s',
    '\\u003c',
    'javascript:alert(1)',
  ],
  ...[
    '\u202e',
    '\u202a',
    '\u2066',
    '\u2069',
    '\u200f',
    '\u200d',
    '\u0000',
    '\u0008',
    '\u001b',
    '\ufffe',
    '\ud800',
    '\udc00',
  ],
  ...['سلام', 'Привет', '👩‍👩‍👧', '\u{1d11e}', ' ', '\n', '\u2028', 'constructor', '__proto__'],
]

/** Text that means harm: short pieces of the kind above, mixed with random text. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 8 })
  .map((parts) => parts.join('').slice(0, 150))

/** The same as an alert's headline must be: with something to read in it. */
export const hostileHeadline: fc.Arbitrary<string> = hostileText.map((text) => `x${text}`)
