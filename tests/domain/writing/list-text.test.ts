import { expect, test } from 'vitest'
import { formatsOf } from '../../../src/domain/writing/formats.ts'
import { listText } from '../../../src/domain/writing/list-text.ts'

const names = ['A', '$1', 'C', '{0}', 'E']

test.each(['ar', 'be', 'en-GB', 'fa', 'ka', 'kk', 'ps', 'ru', 'sr-Latn', 'ur'])(
  'in %s lists are those of Intl',
  (tag) => {
    const formats = formatsOf({ tag })
    const intl = new Intl.ListFormat(tag, { type: 'conjunction' })
    for (let count = 0; count <= names.length; count += 1)
      expect(listText(formats, names.slice(0, count))).toBe(intl.format(names.slice(0, count)))
  },
)
