import type { Hono } from 'hono'
import type { Authority, Editor } from '../auth/editor.ts'
import type { Requester } from '../auth/requester.ts'
import type { Query } from '../protocol/query-parameters.ts'

/**
 * What the middleware keeps for the handlers of a request, read by `c.get(…)`.
 * `editor`, `requester`, `askedAt`: set by `signIn`, and `isKeyExpired` for a wrong key; `authority`: set by `requireRole`; `query`: set by `route`.
 */
export type AppEnv = {
  Bindings: object
  Variables: {
    editor: Editor | null
    requester: Requester
    askedAt: string
    authority: Authority
    query: Query
    isKeyExpired?: () => Promise<boolean>
  }
}

/** A Hono app with these variables. */
export type App = Hono<AppEnv>
