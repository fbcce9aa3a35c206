import type { Alert } from '../../../domain/alert-types.ts'
import type { DeskConfig } from '../desk-config.ts'
import { audienceName, topicsOf } from '../editing/desk-confirm.ts'
import { languagesListed, t } from '../state/desk-words.ts'
import { h } from '../view/parts/element.ts'
import { levelWord } from '../view/parts/level-words.ts'
import { headlineOf } from '../view/parts/view-parts.ts'
import type { DeliberateContent } from './deliberate-view.ts'

/** What the dialog for stopping an alert's pushes shows. */
export function stopContent(
  { id, audience, level, topics, texts }: Alert,
  config: Pick<DeskConfig, 'topics'>,
): DeliberateContent {
  const { headline = id } = headlineOf({ texts }) ?? {}
  return {
    audience,
    banner: t('stopBanner', { audience: audienceName(audience) }),
    title: t('stopTitle', { level: levelWord(level) }),
    middle: [
      h('p', { id: 'stop-what' }, t('stopWhat', { headline, languages: languagesListed(Object.keys(texts)) })),
      h('p', { id: 'stop-topics' }, topicsOf(config, topics)),
    ],
    tick: t('nobodyElse'),
    back: t('keepPushing'),
    press: t('stopPushing'),
  }
}
