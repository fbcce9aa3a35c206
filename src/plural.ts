const format = new Intl.NumberFormat('en')
const rules = new Intl.PluralRules('en')

/** A count with its English noun: `1 open page`, `0 open pages`, `1,234 devices`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${format.format(count)} ${rules.select(count) === 'one' ? one : many}`
}
