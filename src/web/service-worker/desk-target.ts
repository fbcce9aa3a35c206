/**
 * The desk's page that a notification leads to, in the item that it is about: of this site, whatever origin the payload says,
 * because editors may come to the desk by another name than readers.
 */
export function deskTarget(navigate: unknown, origin: string): string {
  const text = typeof navigate === 'string' ? navigate : ''
  const language = /\?(lang=[\w-]{1,40})(?=#|$)/.exec(text)?.[1]
  const item = /#(item-[\w-]{1,100})$/.exec(text)?.[1]
  return `${origin}/desk${language === undefined ? '' : `?${language}`}${item === undefined ? '' : `#${item}`}`
}
