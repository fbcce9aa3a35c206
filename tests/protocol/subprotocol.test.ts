import { expect, test } from 'vitest'
import { agreesOnSubprotocol } from '../../src/protocol/subprotocol.ts'

test.each(['tocsin.v1.json', ' tocsin.v1.json ', 'other, tocsin.v1.json', 'tocsin.v1.json,a,b'])(
  '%j is agreed on',
  (offered) => {
    expect(agreesOnSubprotocol(offered)).toBe(true)
  },
)

test.each([null, undefined])('%j offers nothing, and nothing is agreed on', (offered) => {
  expect(agreesOnSubprotocol(offered)).toBe(false)
})

test.each([
  ['other', 'unknown-subprotocol'],
  ['TOCSIN.V1.JSON', 'unknown-subprotocol'],
  ['tocsin.v1.json, tocsin.v1.json', 'malformed-subprotocol'],
  ['a, tocsin.v1.json, a', 'malformed-subprotocol'],
  ['tocsin.v1.json,', 'malformed-subprotocol'],
  ['', 'malformed-subprotocol'],
  ['tocsin v1', 'malformed-subprotocol'],
  ['é, tocsin.v1.json', 'malformed-subprotocol'],
])('%j is refused with our own problem', (offered, code) => {
  expect(() => agreesOnSubprotocol(offered)).toThrow(expect.objectContaining({ status: 400, code }))
})
