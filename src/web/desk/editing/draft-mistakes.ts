import { wholeNumberOf } from '../../../domain/parsing/digits.ts'
import type { Mistake } from '../../../domain/problem.ts'
import { t } from '../state/desk-words.ts'
import { momentOf } from '../state/local-time.ts'
import type { DeskDraft } from './desk-draft.ts'

/**
 * What the desk can say by itself: that nothing is written, choices that nobody makes for the editor, and hours that a clock
 * change skips or repeats.
 */
export function draftMistakes({ level, audience, texts, times }: DeskDraft): readonly Mistake[] {
  const asked = ['publishAt', 'embargoUntil'] as const
  const [tag = ''] = Object.keys(texts)
  const isHeadless = tag !== '' && Object.values(texts).every(({ headline }) => headline.trim() === '')
  return [
    ...(isHeadless
      ? [{ pointer: `/texts/${tag}/headline`, code: 'headline-missing', detail: t('headlineMissing') }]
      : []),
    ...(level === '' ? [{ pointer: '/level', detail: t('chooseLevel') }] : []),
    ...(audience === '' ? [{ pointer: '/audience', detail: t('chooseAudience') }] : []),
    ...(times.holdSeconds.trim() !== '' && wholeNumberOf(times.holdSeconds) === null
      ? [{ pointer: '/holdSeconds', detail: t('numberWanted') }]
      : []),
    ...asked
      .filter((name) => ['skipped', 'twice', 'wrong'].includes(momentOf(times[name]).state))
      .map((name) => ({ pointer: `/${name}`, detail: t('chooseTime') })),
  ]
}
