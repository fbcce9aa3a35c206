import pg from 'pg'

/** How the driver gives a column: `int8` as a number, `timestamptz` as RFC 3339 in UTC; all others in its own way. */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === pg.types.builtins.INT8) return wholeNumber
    const parser = pg.types.getTypeParser(oid, format as 'text')
    if (oid !== pg.types.builtins.TIMESTAMPTZ) return parser
    return (text: string) => (parser(text) as unknown as Date).toISOString()
  },
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} is too large for a number`)
  return number
}
