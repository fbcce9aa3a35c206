import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blake2b, isSigned } from '../../src/node/export/export-run.ts'
import { nodeSigner } from '../../src/node/signing/node-signer.ts'
import {
  isSignatureOf,
  keyOfMinisign,
  minisignKey,
  minisignKeyFile,
  minisignSignature,
} from '../../src/signing/minisign.ts'
import { needsInstalled, pathOf } from '../interop/installed.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()
const atMs = Date.parse('2026-11-28T12:05:00.000Z')
const about = { path: 'fa/index.html', newsroom: 'Radio “Example”\nfa', atMs }
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
const checks = { hash: blake2b, isSigned }

function signedFile(bytes: Uint8Array, signer = nodeSigner(randomBytes(32))) {
  const folder = scratchFolder(clean)
  const file = join(folder, 'index.html')
  const text = minisignSignature(signer, bytes, about, blake2b)
  writeFileSync(file, bytes)
  writeFileSync(`${file}.minisig`, text)
  writeFileSync(join(folder, 'minisign.pub'), minisignKeyFile(signer))
  return { folder, file, text, signer }
}

const verified = (...args: readonly string[]) => spawnSync(pathOf('minisign'), ['-V', ...args], { encoding: 'utf8' })

test.for([
  ['nothing', new Uint8Array()],
  ['a text', Buffer.from('<p>خبر</p>\n')],
  ['a megabyte of any bytes', randomBytes(1_000_000)],
] as const)('minisign verifies the signature of %s, by the key’s file and by the key itself', ([, bytes], { skip }) => {
  needsInstalled('minisign', skip)
  const { folder, file, signer } = signedFile(bytes)
  const byFile = verified('-p', join(folder, 'minisign.pub'), '-m', file)
  expect([byFile.status, byFile.stderr]).toEqual([0, ''])
  expect(byFile.stdout).toContain(`timestamp:${atMs / 1_000}\tfile:fa/index.html\tnewsroom:Radio “Example” fa\n`)
  expect(verified('-H', '-P', minisignKey(signer), '-m', file).status).toBe(0)
  const other = verified('-P', minisignKey(nodeSigner(randomBytes(32))), '-m', file)
  expect([other.status, other.stderr]).toEqual([1, expect.stringContaining('key id')])
})

test('the key ID that minisign prints is our id of the key, from its last byte to its first in hexadecimal', ({
  skip,
}) => {
  needsInstalled('minisign', skip)
  const { file, signer } = signedFile(Buffer.from('x'))
  const { stderr } = verified('-P', minisignKey(nodeSigner(randomBytes(32))), '-m', file)
  const reversed = Buffer.from(signer.keyId, 'base64url').reverse().toString('hex')
  expect(stderr).toContain(`is ${reversed.toUpperCase()}`)
})

test('a changed file, comment or signature is refused, by minisign and by ours', ({ skip }) => {
  needsInstalled('minisign', skip)
  const bytes = Buffer.from('The bridge is open.')
  const { folder, file, text, signer } = signedFile(bytes)
  const ours = (signature: string, of: Uint8Array = bytes) => isSignatureOf(signature, signer, of, about, checks)
  const theirs = () => verified('-p', join(folder, 'minisign.pub'), '-m', file).status === 0
  expect([ours(text), theirs()]).toEqual([true, true])
  writeFileSync(file, 'The bridge is shut.')
  expect([ours(text, Buffer.from('The bridge is shut.')), theirs()]).toEqual([false, false])
  writeFileSync(file, bytes)
  const [untrusted, named = '', trusted, whole = ''] = text.split('\n')
  const swapped = (line: string) => `${line.slice(0, 30)}${line[30] === 'A' ? 'B' : 'A'}${line.slice(31)}`
  for (const lines of [
    [untrusted, swapped(named), trusted, whole, ''],
    [untrusted, named, trusted?.replace('fa/', 'ru/'), whole, ''],
    [untrusted, named, trusted, swapped(whole), ''],
    [untrusted, named, trusted],
  ]) {
    writeFileSync(`${file}.minisig`, lines.join('\n'))
    expect([lines, ours(lines.join('\n')), theirs()]).toEqual([lines, false, false])
  }
})

test('a signature is of one path and one newsroom, and ours takes one of another time', () => {
  const bytes = Buffer.from('The bridge is open.')
  const { text, signer } = signedFile(bytes)
  const of = (more: object) => isSignatureOf(text, signer, bytes, { ...about, ...more }, checks)
  expect([of({}), of({ path: 'ru/index.html' }), of({ newsroom: 'Another' })]).toEqual([true, false, false])
  const later = minisignSignature(signer, bytes, { ...about, atMs: atMs + 1_000 }, blake2b)
  expect(isSignatureOf(later, signer, bytes, about, checks)).toBe(true)
  for (const wrong of ['', 'a\nb\nc\nd\n', `${text}\n`, text.replace('timestamp:', 'timestamp:-')])
    expect(isSignatureOf(wrong, signer, bytes, about, checks)).toBe(false)
})

test('what minisign signs itself has the form that ours has', ({ skip }) => {
  needsInstalled('minisign', skip)
  const folder = scratchFolder(clean)
  const [secret, key, file] = ['m.key', 'minisign.pub', 'a.txt'].map((name) => join(folder, name))
  execFileSync(pathOf('minisign'), ['-G', '-W', '-s', `${secret}`, '-p', `${key}`])
  writeFileSync(`${file}`, 'The bridge is open.')
  execFileSync(pathOf('minisign'), ['-S', '-s', `${secret}`, '-m', `${file}`])
  const shape = (text: string) => {
    const [untrusted, named = '', trusted, whole = '', ...more] = text.split('\n')
    const [signature, global] = [named, whole].map((line) => Buffer.from(line, 'base64'))
    const lead = signature?.subarray(0, 2).toString('latin1')
    const comments = [untrusted, trusted].map((line) => line?.split(':', 1)[0])
    return { comments, lead, lengths: [signature?.length, global?.length], more }
  }
  const theirs = execFileSync('cat', [`${file}.minisig`], { encoding: 'utf8' })
  const { text } = signedFile(Buffer.from('The bridge is open.'))
  expect(shape(text)).toEqual(shape(theirs))
})

test('a public key as minisign writes it is read; no other text is', () => {
  const key = nodeSigner(randomBytes(32))
  const line = minisignKey(key)
  expect(keyOfMinisign(line, sha256)).toBe(key.publicKey)
  const others = [
    '',
    key.publicKey,
    `${line}A`,
    line.slice(1),
    line.slice(0, -1),
    line.replace('RW', 'RU'),
    ' '.repeat(56),
  ]
  for (const other of others) expect([other, keyOfMinisign(other, sha256)]).toEqual([other, null])
})

test('a public key in which any character is another one is not read, nor one with the id of another', () => {
  const key = nodeSigner(randomBytes(32))
  const line = minisignKey(key)
  for (let at = 0; at < line.length; at += 1) {
    const mistyped = `${line.slice(0, at)}${line[at] === 'A' ? 'B' : 'A'}${line.slice(at + 1)}`
    expect([at, keyOfMinisign(mistyped, sha256)]).toEqual([at, null])
  }
  const swapped = `${line.slice(0, 30)}${line[31]}${line[30]}${line.slice(32)}`
  if (line[30] !== line[31]) expect(keyOfMinisign(swapped, sha256)).toBe(null)
  const { keyId } = nodeSigner(randomBytes(32))
  expect(keyOfMinisign(minisignKey({ keyId, publicKey: key.publicKey }), sha256)).toBe(null)
})
