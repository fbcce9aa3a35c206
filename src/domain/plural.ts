const format = new Intl.NumberFormat('en')
const rules = new Intl.PluralRules('en')

/** The English word that fits a count: `plural(1, 'was', 'were')`, `plural(2, 'page')`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return rules.select(count) === 'one' ? one : many
}

/** A count with its English noun: `1 open page`, `0 open pages`, `1,234 devices`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${format.format(count)} ${plural(count, one, many)}`
}
