import { isLoopbackName } from '../http/own-origin.ts'
import { countedAddress } from '../http/rate-limit-address.ts'

/** Whether a request comes from the machine itself: only in development, where there is no data centre. */
export function isLocalCaller({ headers, url }: Request): boolean {
  const peer = headers.get('cf-connecting-ip')
  const isHere = peer === null || peer === '::1' || /^(::ffff:)?127\./.test(peer)
  return isHere && headers.get('x-forwarded-for') === null && isLoopbackName(new URL(url).hostname)
}

/** The address by which a request counts against limits; '' where it is not known. It is kept in memory only. */
export function addressOf({ headers }: Request): string {
  return countedAddress(headers.get('cf-connecting-ip') ?? '') ?? ''
}
