import { expect, test } from 'vitest'
import type { PauseStore } from '../../src/desk/pause.ts'

/** A store under test. `reopen` is what a crash and a new start leave. */
export type PauseRig = { readonly pauses: PauseStore; reopen(): Promise<PauseRig> }

const note = { reason: 'Wrong number.', by: 'e1', at: '2026-03-01T12:00:00.000Z' }
const persian = { languages: ['fa'], topics: [] }

/** What every store of the kill switch does. */
export function pauseContract(open: () => Promise<PauseRig>): void {
  test('there is no pause at first; one that is made is given, kept and ended', async () => {
    const { pauses } = await open()
    expect(await pauses.current()).toBeNull()
    expect(await pauses.change(() => persian, note)).toEqual({ ...persian, ...note, byName: null })
    expect(await pauses.current()).toEqual({ ...persian, ...note, byName: null })
    expect(await pauses.change(() => null, note)).toBeNull()
    expect(await pauses.current()).toBeNull()
  })

  test('closed and opened again, the pause is there', async () => {
    const rig = await open()
    await rig.pauses.change(() => persian, note)
    const { pauses } = await rig.reopen()
    expect(await pauses.current()).toEqual({ ...persian, ...note, byName: null })
  })

  test('each change sees the one before it, also of those that come at once', async () => {
    const { pauses } = await open()
    const add = (tag: string) =>
      pauses.change((pause) => ({ languages: [...(pause?.languages ?? []), tag], topics: [] }), note)
    await Promise.all([add('en'), add('fa'), add('ru')])
    expect((await pauses.current())?.languages.toSorted()).toEqual(['en', 'fa', 'ru'])
  })

  test('ending what is not paused changes nothing, and a pause can follow', async () => {
    const { pauses } = await open()
    expect(await pauses.change(() => null, note)).toBeNull()
    expect(await pauses.change(() => persian, note)).toMatchObject(persian)
  })

  test('a change that is refused changes nothing', async () => {
    const { pauses } = await open()
    await pauses.change(() => persian, note)
    const refuse = () => {
      throw new Error('no')
    }
    await expect(pauses.change(refuse, note)).rejects.toThrow('no')
    expect(await pauses.current()).toEqual({ ...persian, ...note, byName: null })
  })
}
