import { expect, test } from 'vitest'
import type { DeskItem } from '../../../../src/web/desk/editing/item-draft.ts'
import { ApprovalNotices } from '../../../../src/web/desk/items/approval-notices.ts'

const item = (id: string, submittedAt: string) => ({ id, submittedAt }) as DeskItem

function rig(answer: 'granted' | 'denied' | 'default') {
  const shown: string[] = []
  const kept = new Map<string, string>()
  const notification = {
    permission: 'default',
    async requestPermission() {
      notification.permission = answer
      return answer
    },
  }
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, it: string) => void kept.set(name, it),
  }
  return { shown, notices: new ApprovalNotices({ notification, storage, show: (tag) => shown.push(tag) }) }
}

test('what begins to wait is told once, and again when it was taken back and submitted again', async () => {
  const { shown, notices } = rig('granted')
  expect(await notices.turn('on')).toBe('on')
  notices.look([item('there', '1')])
  notices.look([item('there', '1'), item('new', '2')])
  notices.look([item('there', '1'), item('new', '2')])
  expect(shown).toEqual(['approval new'])
  notices.look([item('there', '1')])
  notices.look([item('there', '1'), item('new', '3')])
  expect(shown).toEqual(['approval new', 'approval new'])
})

test('nothing is told before a button was pressed, after it was turned off, or where the browser blocks it', async () => {
  const { shown, notices } = rig('granted')
  notices.look([])
  notices.look([item('one', '1')])
  expect(notices.state).toBe('off')
  await notices.turn('on')
  await notices.turn('off')
  notices.look([item('one', '1'), item('two', '1')])
  expect(shown).toEqual([])
  const blocked = rig('denied')
  expect(await blocked.notices.turn('on')).toBe('denied')
  const without = new ApprovalNotices({ notification: undefined, storage: null, show: () => {} })
  expect(await without.turn('on')).toBe('impossible')
})

test('a question of the browser that is left without an answer is told apart from a refusal', async () => {
  for (const [answer, state, isUnanswered] of [
    ['default', 'off', true],
    ['denied', 'denied', false],
    ['granted', 'on', false],
  ] as const) {
    const { notices } = rig(answer)
    expect([await notices.turn('on'), notices.isUnanswered]).toEqual([state, isUnanswered])
  }
})
