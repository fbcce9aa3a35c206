import { entryOf } from '../common/message.ts'
import { signedEntries } from '../common/signed-message.ts'
import { serveTocsin } from './tocsin-hub.ts'

// One hub with the same readers all the time: half of its alerts are signed, as when they come from the log, before.
const entries = signedEntries(2_000)
await serveTocsin(true, 'raw', (seq) => entries[seq] ?? entryOf(seq))
