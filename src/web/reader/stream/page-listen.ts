import '../common-parts.ts'
import { listen } from '../../../client/listen.ts'

/** The stream client, in a part that shares with the others what it has in common with them. */
export const listenInPage: typeof listen = listen
