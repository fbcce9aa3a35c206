import type { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import type { Due, Unreadable } from '../../../push/outbox/outbox.ts'
import type { PushAddress } from '../../../push/subscriptions/subscription.ts'
import type { InterestMatches } from '../interest-matches.ts'
import { type SubscriptionRow, subscriptionAt } from '../push-tables.ts'

/** A leased subscription, with what is stored of a former attempt where it is a retry. */
export type DueRow = SubscriptionRow &
  Partial<Readonly<{ sealed: Uint8Array | null; attempts: number; looked_gone: number }>>

type Matched = {
  /** The language of the entry for each matching interest, by the interest's id. */
  readonly languages: ReadonlyMap<number, string>
  readonly interests: Pick<InterestMatches, 'interest'>
  readonly addressEncryption: Pick<AddressEncryption, 'decryptNow'>
}

/**
 * The due push of a row; null when the entry is not for its interest (any more), or when it cannot be decrypted (another
 * secret, a damaged page). Then it is added to `unreadable`; it does not stop the rest. A promise only where the
 * platform decrypts asynchronously.
 */
export function dueOf(
  row: DueRow,
  { languages, interests, addressEncryption }: Matched,
  unreadable: Unreadable[],
): Due | null | Promise<Due | null> {
  const language = languages.get(row.interest_id)
  const interest = interests.interest(row.interest_id)
  // Between the first attempt and a retry, the reader's interest may have changed.
  if (language === undefined || interest === undefined) return null
  const due = (address: PushAddress): Due => ({
    subscription: subscriptionAt(row, interest, address),
    language,
    sealed: row.sealed ?? null,
    attempts: row.attempts ?? 0,
    lookedGone: row.looked_gone === 1,
  })
  const noDue = (): null => {
    unreadable.push({ id: row.id, language })
    return null
  }
  try {
    const address = addressEncryption.decryptNow(row.address, row.endpoint_hash)
    return address instanceof Promise ? address.then(due).catch(noDue) : due(address)
  } catch {
    return noDue()
  }
}
