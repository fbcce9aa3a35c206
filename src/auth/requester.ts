import type { Problem } from '../domain/problem.ts'
import type { Credential, Editor } from './editor.ts'

/**
 * Who asks, and by which credential; both null when nobody does. `foreign`: the desk's cookie came from a page that is
 * not ours, so that it counts for nobody; where an editor is needed, this is why there is none.
 */
export type Requester = {
  readonly editor: Editor | null
  readonly credential: Credential | null
  readonly foreignOrigin: Problem | null
}
