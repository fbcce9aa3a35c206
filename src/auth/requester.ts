import type { Problem } from '../domain/problem.ts'
import type { Credential, Editor } from './editor.ts'

/**
 * Who made a request, and by which credential; both null when nobody is signed in. `foreignOrigin`: the desk's cookie came
 * from a page of another origin and was ignored (CSRF); a route that needs an editor throws this Problem.
 */
export type Requester = {
  readonly editor: Editor | null
  readonly credential: Credential | null
  readonly foreignOrigin: Problem | null
  /** A key was given that nobody has. Readers' tokens are such, where no key is asked for. */
  readonly isKeyWrong?: true
  /** The session's token, where it is so old that the response brings another. */
  readonly oldToken?: string
}
