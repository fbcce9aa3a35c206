import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { english, publish, revise } from '../support/processes/service.ts'
import { type Deps, openHouse, type Start, until } from './harness.ts'
import { programs } from './programs.ts'

const story = [
  'alert: Five dead',
  'correction: Four dead',
  'alert: While away',
  'retraction: Four dead',
  'alert: Just before it was back',
  'alert: After',
]

/** What each program's readers were shown of one story, in which the service is killed once. */
export function interopSuite(where: string, start: Start): void {
  describe(`programs that nobody here wrote, on ${where}`, () => {
    const shown = new Map<string, string[]>(programs.map(({ name }) => [name, []]))
    const stops: (() => void)[] = []
    let deps: Deps | undefined

    beforeAll(async () => {
      // The polyfill tells a console of each connection that is lost.
      vi.spyOn(console, 'error').mockReturnValue()
      deps = await openHouse(start)
      const { url, desk } = deps
      const ways = programs.map(({ name, listen }) => listen(url, (line) => shown.get(name)?.push(line)))
      stops.push(...(await Promise.all(ways)))
      const first = await publish(desk(), english('Five dead'))
      await heard(1)
      const wrong = { note: { en: 'Four people died, not five.' } }
      await revise(desk(), first.alert.id, 'correction', { ...english('Four dead'), ...wrong })
      await heard(2)
      await deps.kill()
      await deps.restart()
      await publish(desk(), english('While away'))
      await revise(desk(), first.alert.id, 'retraction', { note: { en: 'Nobody died.' } })
      await publish(desk(), english('Just before it was back'))
      await deps.openDoor()
      await heard(5)
      await publish(desk(), english('After'))
      await heard(6)
    }, 170_000)

    afterAll(async () => {
      vi.restoreAllMocks()
      for (const stop of stops) stop()
      await deps?.end()
    })

    /** Waits until each has been shown so many lines; who has not by then is told apart by the tests below. */
    const heard = (lines: number) => until(() => [...shown.values()].every((it) => it.length >= lines), 20_000)

    test.each(programs)(
      '$name hears alert, correction and what came while the service was away, each once',
      ({ name }) => {
        expect(shown.get(name)).toEqual(story)
      },
    )
  })
}
