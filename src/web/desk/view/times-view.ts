import type { VNode } from 'preact'
import type { Mistake } from '../../../domain/problem.ts'
import type { DeskConfig } from '../desk-config.ts'
import { type DeskDraft, type DraftTimes, ownZone } from '../editing/desk-draft.ts'
import { cityOf, t } from '../state/desk-words.ts'
import { afterSkip, type LocalTime, momentOf, momentsOf } from '../state/local-time.ts'
import { h } from './parts/element.ts'
import { isWrong, mistakeLine } from './parts/mistake-line.ts'
import { button, type View } from './parts/view-parts.ts'
import { timeIn, zonedTimes } from './parts/zoned-times.ts'

/** When the alert goes out: the hold, a time of its own, an embargo. Closed while nothing is set. */
export function timesView(
  { times }: DeskDraft,
  config: DeskConfig,
  mistakes: readonly Mistake[],
  change: (times: DraftTimes) => void,
): VNode {
  const { holdSeconds, publishAt, embargoUntil } = times
  const isSet = holdSeconds !== '' || publishAt.local !== '' || embargoUntil.local !== ''
  const isWrongHere = ['/holdSeconds', '/publishAt', '/embargoUntil'].some((place) => isWrong(place, mistakes))
  return h(
    'details',
    { id: 'times', class: 'times', ...(isSet || isWrongHere ? { open: true } : {}) },
    h('summary', {}, t('whenTitle')),
    h(
      'label',
      { class: 'field' },
      t('holdSeconds'),
      h('input', {
        id: 'hold-seconds',
        // A field of the type “number” refuses the digits of other languages.
        type: 'text',
        maxLength: 5,
        autocomplete: 'off',
        inputMode: 'numeric',
        value: holdSeconds,
        'aria-invalid': isWrong('/holdSeconds', mistakes),
        'aria-describedby': 'hold-seconds-error',
        onInput: (event: Event & { readonly currentTarget: HTMLInputElement }) =>
          change({ ...times, holdSeconds: event.currentTarget.value }),
      }),
    ),
    mistakeLine('/holdSeconds', mistakes, 'hold-seconds-error'),
    timeField('publishAt', publishAt, config, mistakes, (time) => change({ ...times, publishAt: time })),
    timeField('embargoUntil', embargoUntil, config, mistakes, (time) => change({ ...times, embargoUntil: time })),
  )
}

function timeField(
  name: 'publishAt' | 'embargoUntil',
  time: LocalTime,
  config: DeskConfig,
  mistakes: readonly Mistake[],
  change: (time: LocalTime) => void,
): VNode {
  const pointer = `/${name}`
  const zones = [...new Set([ownZone, 'UTC', ...config.languages.flatMap(({ zone }) => zone ?? []), time.zone])]
  return h(
    'fieldset',
    { class: 'time' },
    h('legend', { tabIndex: -1 }, t(name)),
    h('input', {
      id: `${name}-local`,
      type: 'datetime-local',
      value: time.local,
      'aria-label': t(name),
      'aria-invalid': isWrong(pointer, mistakes),
      'aria-describedby': `${name}-error`,
      onInput: (event: Event & { readonly currentTarget: HTMLInputElement }) =>
        change({ ...time, local: event.currentTarget.value, side: '' }),
    }),
    h(
      'select',
      {
        id: `${name}-zone`,
        'aria-label': t('zone'),
        value: time.zone,
        onChange: (event: Event & { readonly currentTarget: HTMLSelectElement }) =>
          change({ ...time, zone: event.currentTarget.value, side: '' }),
      },
      zones.map((zone) =>
        h(
          'option',
          { key: zone, value: zone },
          zone === ownZone ? t('yourZone', { zone: cityOf(zone) }) : cityOf(zone),
        ),
      ),
    ),
    askedView(name, time, config, change),
    mistakeLine(pointer, mistakes, `${name}-error`),
  )
}

/** The time in every zone that matters; or the question, where a clock change skips or repeats that hour. */
function askedView(name: string, time: LocalTime, config: DeskConfig, change: (time: LocalTime) => void): View {
  const moment = momentOf(time)
  if (moment.state === 'one')
    return h('p', { class: 'small times-shown', id: `${name}-shown` }, zonedTimes(moment.at, config))
  if (moment.state === 'skipped') {
    const later = afterSkip(time.local, time.zone)
    return h(
      'p',
      { class: 'notice', role: 'alert', id: `${name}-asked` },
      t('hourSkipped', { zone: cityOf(time.zone) }),
      ' ',
      button(t('takeTime', { time: later.replace('T', ' ') }), () => change({ ...time, local: later })),
    )
  }
  if (moment.state !== 'twice') return null
  const sides = ['first', 'second'] as const
  return h(
    'p',
    { class: 'notice', role: 'alert', id: `${name}-asked` },
    t('hourTwice', { zone: cityOf(time.zone) }),
    ' ',
    (momentsOf(time.local, time.zone) ?? []).map((at, nth) =>
      button(t('takeTime', { time: `${timeIn(new Date(at).toISOString(), 'UTC')} UTC` }), () =>
        change({ ...time, side: sides[nth] ?? 'first' }),
      ),
    ),
  )
}
