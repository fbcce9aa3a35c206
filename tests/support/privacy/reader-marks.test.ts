import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { tracesIn } from './reader-marks.ts'

const mark = { name: 'the address', value: '198.51.100.77' }
const bytes = Buffer.from(mark.value)
const places: readonly (readonly [string, Buffer])[] = [
  ['plain', bytes],
  ['hex', Buffer.from(bytes.toString('hex'))],
  ['percent', Buffer.from(`?a=${encodeURIComponent('198.51.100.77')}`)],
  ['base64 at 0', Buffer.from(bytes.toString('base64'))],
  ['base64 at 1', Buffer.from(Buffer.from(`x${mark.value}yy`).toString('base64'))],
  ['base64url at 2', Buffer.from(Buffer.from(`xx${mark.value}y`).toString('base64url'))],
  ['base64 at 7', Buffer.from(Buffer.from(`{"ip":"${mark.value}"}`).toString('base64'))],
  ['hash', Buffer.from(createHash('sha256').update(mark.value).digest('hex'))],
  ['raw hash', createHash('sha1').update(mark.value).digest()],
  ['UTF-16', Buffer.from(mark.value, 'utf16le')],
]

test.each(places)('a mark is found in %s', (name, text) => {
  const place = { name, bytes: Buffer.concat([Buffer.from('before '), text, Buffer.from(' after')]) }
  expect(tracesIn([place], [mark])[0]).toContain(`in ${name}`)
  expect(tracesIn([{ name, bytes: Buffer.from('198.51.100.78, and nothing else') }], [mark])).toEqual([])
})

test('where it is meant to be stored it is passed over, and nowhere else', () => {
  const id = { name: 'the id', value: '01932f6e-0000', storedIn: ['subscriptions.id'] }
  const inColumn = (name: string) => ({ name, bytes: Buffer.from(`01932f6e-0000`) })
  expect(tracesIn([inColumn('subscriptions.id')], [id])).toEqual([])
  expect(tracesIn([inColumn('audit.id')], [id])).toContain('the id as it is in audit.id')
})

test('keys are found by their bytes too', () => {
  const key = { name: 'the key', value: Buffer.alloc(16, 171).toString('base64url') }
  expect(tracesIn([{ name: 'a blob', bytes: Buffer.alloc(20, 171) }], [key])).toContain('the key decoded in a blob')
})
