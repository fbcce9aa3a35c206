/** Whether a text is the URL of a PostgreSQL database: a scheme, a host and a database are wanted. */
export function isPostgresUrl(text: string): boolean {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) return false
  const { host, pathname } = new URL(text)
  return host !== '' && pathname.length > 1
}
