import { Problem } from '../domain/problem.ts'
import { subprotocol } from './live-streams.ts'

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/**
 * Whether our sub-protocol is agreed on; false when none is offered. Throws a Problem (400) when only others are, and for
 * a list that is not one of distinct tokens (RFC 6455 §4.1).
 */
export function agreesOnSubprotocol(offered: string | null | undefined): boolean {
  if (offered == null) return false
  const names = offered.split(',').map((name) => name.trim())
  if (new Set(names).size < names.length || !names.every((name) => token.test(name)))
    throw new Problem(
      400,
      'malformed-subprotocol',
      'Sec-WebSocket-Protocol is a list of names, each once (RFC 6455 §4.1).',
    )
  if (names.includes(subprotocol)) return true
  throw new Problem(400, 'unknown-subprotocol', `Offer the sub-protocol ${subprotocol}, or none.`)
}
