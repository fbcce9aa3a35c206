// With what a socket is closed (RFC 6455 §7.4). After 4000–4099 a client does not come back; after 4100–4199 it backs off
// first; after 4200–4299 it comes back within the spread that `goodbye` gave.

/** Trouble of the server. */
export const closeInternal = 1011
/** The key or the session by which test alerts were heard has ended. */
export const closeKeyEnded = 4001
/** Too many messages that are not understood, or one too large. */
export const closeBadMessage = 4002
/** Too many messages. */
export const closeOverloaded = 4100
/** The reader takes less than comes. */
export const closeTooSlow = 4101
/** The reader has not answered. */
export const closeSilent = 4103
/** The server stops. */
export const closeDraining = 4200
