import type { Audience } from '../../src/domain/alert-types.ts'
import type { Interest } from '../../src/domain/interest.ts'

/** The interest of one who wants all there is for an audience. */
export function everythingOf(audience: Audience): Interest {
  return { audience, languages: '*', topics: [], level: 'routine' }
}
