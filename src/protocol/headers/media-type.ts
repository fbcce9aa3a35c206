/** The media type of a `Content-Type` in lower case, without its parameters (RFC 9110 §8.3.1); empty when there is none. */
export function mediaTypeOf(contentType: string | null | undefined): string {
  const [type = ''] = (contentType ?? '').split(';')
  return type.trim().toLowerCase()
}
