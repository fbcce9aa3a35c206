import { NotKept, Refusal } from '../../shared/push-subscription.ts'

/**
 * Why turning notifications on or changing them failed, as far as the way out differs. All but the first two are parts of the
 * help page.
 */
export type Trouble = 'denied' | 'offline' | 'not-kept' | 'unreachable' | 'refused' | 'too-many' | 'server'

/** What a failure means for the reader: of the browser's `subscribe` (Push API §5.3), of a request, or of its answer. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof NotKept) return 'not-kept'
  if (error instanceof Refusal) {
    if (error.code === 'endpoint-refused' || error.code === 'key-refused') return 'refused'
    return error.status === 429 || error.code === 'too-many-at-once' ? 'too-many' : 'server'
  }
  const name = error instanceof Error ? error.name : ''
  if (name === 'NotAllowedError') return 'denied'
  // Chromium and Firefox say AbortError where the push service does not answer; Safari NetworkError or InvalidAccessError.
  return ['AbortError', 'NetworkError', 'InvalidAccessError', 'NotSupportedError'].includes(name)
    ? 'unreachable'
    : 'offline'
}
