import type { Newsroom } from '../../domain/newsroom.ts'
import { toBase64url } from '../../domain/parsing/base64url.ts'
import { keyBytes } from '../../signing/ed25519-signer.ts'
import {
  firstRing,
  givenRing,
  type KeyRing,
  parseRing,
  refuseForgetting,
  ringText,
  rotatedRing,
  type Signing,
  signingOf,
} from '../../signing/key-ring.ts'
import { type PublishedSigning, publishedSigning } from '../../signing/statements.ts'
import { migrate, type Schema, type Sql } from '../../store/sql.ts'
import { newestKeyOf, newestTimeMsOf } from '../../store/sqlite/entry-signing.ts'
import { textSetting } from '../worker-settings.ts'
import { workerSigner } from './worker-signer.ts'

const schema: Schema = {
  store: 'signing key',
  steps: ['create table signing_key (one integer primary key check (one = 1), ring text not null) strict'],
}
const selectRing = 'select ring from signing_key'
const saveRing =
  'insert into signing_key (one, ring) values (1, ?) on conflict (one) do update set ring = excluded.ring'

/**
 * What signs: the Worker's secret SIGNING_KEY where it is set, else a key that is made once and stored here, as the keys of
 * pushing are. Another key than before is a rotation, which the stored key signs; with a former one the stored key goes on.
 * Throws an Error when what is stored is damaged, and for mistakes that `settingMistakes` tells.
 */
export function openWorkerSigning(
  sql: Sql,
  settings: Settings,
  newsroom: Pick<Newsroom, 'languages' | 'mirrors' | 'mirrorsAt'>,
  now: number,
): Signing & { readonly signed: PublishedSigning } {
  const signing = signingWith(sql, settings, now)
  return { ...signing, signed: publishedSigning(signing, newsroom, now, lostKeyOf(settings)) }
}

type Settings = Readonly<Record<string, unknown>>

/** The id of a key of which the operator says that it is lost, or null. */
export function lostKeyOf(settings: Settings): string | null {
  return textSetting(settings, 'SIGNING_KEY_LOST')
}

function signingWith(sql: Sql, settings: Settings, now: number): Signing {
  migrate(sql, schema)
  const seed = textSetting(settings, 'SIGNING_KEY')
  const chain = textSetting(settings, 'SIGNING_KEY_CHAIN')
  if (seed !== null && chain !== null) return signingOf(workerSigner, givenRing(workerSigner, seed, chain))
  const text = sql.all<{ ring: string }>(selectRing)[0]?.ring ?? null
  const kept = text === null ? null : parseRing(workerSigner, text)
  const ring = ringOf(kept, seed, Math.max(now, newestTimeMsOf(sql)), newestKeyOf(sql))
  if (ring !== kept) sql.run(saveRing, ringText(ring))
  return signingOf(workerSigner, ring)
}

function ringOf(kept: KeyRing | null, seed: string | null, now: number, newestKey: string | null): KeyRing {
  if (kept === null) return firstRing(workerSigner, seed ?? newSeed(), now)
  if (seed === null) return kept
  const next = rotatedRing(workerSigner, kept, seed, now)
  try {
    refuseForgetting(kept, next, newestKey)
    return next
  } catch {
    // Readers are served all the same: the present key goes on, which `SigningDuty` says.
    return kept
  }
}

function newSeed(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(keyBytes)))
}
