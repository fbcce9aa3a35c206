/** What `randomUUID` is taken for, which Safari has since 15.4 and no page has without https. */
export function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
