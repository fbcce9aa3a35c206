import type { VNode } from 'preact'
import type { DeskWordKey } from '../../../locales/locales.ts'
import { amount } from '../state/amounts.ts'
import { hasWord, languagesListed, listed, nameOfPart, t } from '../state/desk-words.ts'
import { problemWords } from '../state/service-words.ts'
import { h } from '../view/parts/element.ts'
import { bdi, moment, told, type View } from '../view/parts/view-parts.ts'
import type { Detail } from './account-state.ts'

/** The words of values that are words of ours, by what they are values of: the key begins so. */
const wordsOf: Readonly<Record<string, string>> = {
  ...{ kind: 'kind_', state: 'state_', level: 'level_', levels: 'level_', role: 'role_', audience: 'audience_name_' },
}

/**
 * What a line of the audit log tells besides who did what, in the desk's language. What has no word here is told as the log
 * calls it, isolated: it is written from left to right.
 */
export function detailView([name, value]: Detail): VNode {
  const key = `detail_${name}`
  if (!hasWord(key)) return h('bdi', { lang: 'en', dir: 'ltr' }, `${name}: ${several(value).join(', ')}`)
  return h('span', {}, `${t(key as DeskWordKey)}: `, ...valueView(name, value))
}

function valueView(name: string, value: Detail[1]): readonly (View | string)[] {
  const prefix = wordsOf[name]
  if (prefix !== undefined) return [listed(several(value).map((it) => worded(`${prefix}${it}`, it)))]
  if (name === 'languages') return [bdi(languagesListed(several(value)))]
  if (name === 'topics') return [bdi(listed(several(value).map(nameOfPart)))]
  if (typeof value !== 'string') return [bdi(listed(value))]
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return [moment(value)]
  if (/^\d{1,15}$/.test(value)) return [amount(Number(value))]
  if (name === 'refusal') return told(problemWords({ code: value, detail: value }))
  return [bdi(value)]
}

function several(value: Detail[1]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

/** A word of ours; what a newer service has is called as it calls it. */
function worded(key: string, value: string): string {
  return hasWord(key) ? t(key as DeskWordKey) : value
}
