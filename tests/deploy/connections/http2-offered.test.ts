import { describe, expect, test } from 'vitest'
import { kinds, type ProxyName, shippedFile } from '../shipped-proxy.ts'
import { http2Changes, withHttp2 } from './http2-offered.ts'

const names = Object.keys(http2Changes) as readonly ProxyName[]
const lines = (text: string) => text.split('\n').map((line) => line.trim())

describe.each(names)('how HTTP/2 is turned on in %s', (name) => {
  const { file } = kinds[name]

  test.each([file, `cluster/${file}`])('%s has each line that is changed, and no other changes', (path) => {
    const shipped = shippedFile(path)
    const [before, after] = [lines(shipped), lines(withHttp2(name, shipped))]
    const left = before.filter((line) => !after.includes(line))
    const written = after.filter((line) => !before.includes(line))
    expect(left.length).toBeGreaterThanOrEqual(http2Changes[name].length)
    for (const line of left) expect(http2Changes[name].some(([it]) => line.includes(it.trim()))).toBe(true)
    expect(written.every((line) => /h2|http2/.test(line))).toBe(true)
  })

  test('docs/operating.md tells operators the changes that are tested', () => {
    const row = shippedFile('../docs/operating.md')
      .split('\n')
      .find((line) => line.startsWith(`| \`${file}\` |`))
    for (const told of http2Changes[name].flat().filter((it) => it !== '')) expect(row).toContain(told.trim())
  })
})
