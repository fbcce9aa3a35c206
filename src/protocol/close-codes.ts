// The codes that close a socket (RFC 6455 §7.4). 4000–4999 are for applications; ours say what a client does then:
// 4000–4099 do not come back, 4100–4199 back off first, 4200–4299 come back within the spread that `goodbye` gave.

/** Going away: the platform or a proxy stops. */
export const closeGoingAway = 1001
/** An error of the server. */
export const closeInternal = 1011
/** The key or the session that allowed test alerts has ended. */
export const closeKeyEnded = 4001
/** Too many messages that are not understood, or one too large. */
export const closeBadMessage = 4002
/** Too many messages. */
export const closeOverloaded = 4100
/** The reader reads slower than messages come. */
export const closeTooSlow = 4101
/** The reader has not answered a ping. */
export const closeSilent = 4103
/** The server stops. */
export const closeDraining = 4200
/** What the reader asked to receive on one connection at most, `budget` or `limit`, has been sent. */
export const closeBudgetSpent = 4201

/** Every code that the service closes a socket with. */
export const closeCodes = [
  closeInternal,
  closeKeyEnded,
  closeBadMessage,
  closeOverloaded,
  closeTooSlow,
  closeSilent,
  closeDraining,
  closeBudgetSpent,
] as const

/** Whether a client must not come back after this code. */
export function isFinalCloseCode(code: number): boolean {
  return code >= 4000 && code <= 4099
}

/** Whether a client comes back within the spread of the last `goodbye`, without backing off. */
export function isDrainingCloseCode(code: number): boolean {
  return code >= 4200 && code <= 4299
}
