import type { DryRun } from '../editing/desk-audience.ts'
import { amount, counted } from '../state/amounts.ts'
import { languagesListed, t } from '../state/desk-words.ts'
import { h } from './parts/element.ts'
import { levelWord } from './parts/level-words.ts'
import { moment, type View } from './parts/view-parts.ts'

/** What an editor should know before sending: languages still missing, what else went out lately and by whom, what is being sent. */
export function beforeView(dryRun: DryRun | null): View {
  if (dryRun === null) return null
  // A node that runs an older version answers without these.
  const { missing = [], recent = [], sending = [] } = dryRun as Partial<DryRun>
  const names = languagesListed(missing)
  return h(
    'div',
    { id: 'confirm-before' },
    missing.length === 0 ? null : h('p', { class: 'missing' }, t('missingLanguages', { names })),
    sending.length === 0
      ? null
      : h(
          'ul',
          { class: 'plain', 'aria-label': t('sendingNow') },
          sending.map(({ alertId, headline, language, waiting }) =>
            h(
              'li',
              { key: alertId },
              `${t('sendingNow')}: `,
              h('bdi', { lang: language }, headline),
              ` (${t('pushesWaiting', { count: counted(waiting) })})`,
            ),
          ),
        ),
    recent.length === 0
      ? h('p', {}, t('recentNone'))
      : h(
          'details',
          { open: true },
          h('summary', {}, t('recentTitle', { count: amount(recent.length) })),
          h('ol', { id: 'confirm-recent', class: 'plain small' }, recent.map(recentView)),
        ),
  )
}

function recentView({
  alertId,
  kind,
  level,
  audience,
  at,
  by,
  headline,
  language,
  languages,
}: DryRun['recent'][number]): View {
  return h(
    'li',
    { key: `${alertId} ${at}` },
    moment(at),
    ` · ${levelWord(level)}${audience === 'test' ? ' · TEST' : ''}${kind === 'alert' ? '' : ` · ${t(`kind_${kind}`)}`} · `,
    h('bdi', { lang: language }, headline),
    ` · `,
    h('bdi', {}, languagesListed(languages)),
    by === null ? '' : [' · ', h('bdi', { key: 'by' }, by)],
  )
}
