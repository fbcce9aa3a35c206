import type { AlertLog } from '../../log/log.ts'
import type { Signer } from '../../signing/signer.ts'
import { type Head, type Signed, signedHead } from '../../signing/statements.ts'
import type { App } from '../app-env.ts'
import { headAnswer } from '../openapi/response-schemas.ts'
import type { Operation } from '../operation.ts'
import { route } from '../route.ts'

/** For how long one signature is given to everybody who asks. */
const signedMs = 1_000
/** Caches may add this to the age of a head. */
const cacheSeconds = 2

const readHead: Operation = {
  id: 'readHead',
  summary: 'How far the log is, signed with the time: a copy that is older than it claims shows',
  tag: 'Reading',
  isOpenToAll: true,
  cache: 'public',
  answers: {
    200: { description: 'The head. What is signed is the canonical JSON of epoch, head and at', schema: headAnswer },
  },
}

/** What this route reads: how far the log is. */
export type HeadDeps = {
  readonly log: Pick<AlertLog, 'after' | 'bounds'>
  readonly signer: Signer
  readonly now: () => number
}

/** `GET /v1/head`. */
export function headRoutes(app: App, { log, signer, now }: HeadDeps): void {
  let signed: Signed<Head> | null = null
  let signedAtMs = 0
  /** Never before the entry that it tells of, whatever the clock says: else it would look like a copy from before. */
  const signedAt = (epoch: string, head: number, lastAt = new Date(0).toISOString()): Signed<Head> => {
    signedAtMs = now()
    const at = new Date(Math.max(signedAtMs, Date.parse(lastAt))).toISOString()
    return signedHead(signer, { epoch, head, at })
  }
  route(app, 'get', '/v1/head', readHead, async (c) => {
    const { epoch, head } = await log.bounds()
    // The same head is signed again once a second at most, however many ask. A newer one is signed at once.
    const fresh = () => {
      const ageMs = now() - signedAtMs
      const isSame = signed?.epoch === epoch && signed.head === head
      return isSame && ageMs >= 0 && ageMs < signedMs ? signed : null
    }
    if (fresh() === null) {
      const [last] = head === 0 ? [] : await log.after(head - 1, 1)
      signed = fresh() ?? signedAt(epoch, head, last?.at)
    }
    c.header('Cache-Control', `public, max-age=${cacheSeconds}`)
    return c.json(signed)
  })
}
