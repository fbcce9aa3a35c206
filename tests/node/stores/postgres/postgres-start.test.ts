import { expect, test } from 'vitest'
import { onceStarted } from '../../../../src/node/stores/postgres/postgres-start.ts'

/** An error of the server, as the driver gives it. */
const refusal = (code: string) => Object.assign(new Error(`refused with ${code}`), { code, severity: 'FATAL' })

test.each(['57P01', '57P02', '57P03'])(
  'a server that refuses with %s is waited for, and that is said once',
  async (code) => {
    let tries = 0
    let notes = 0
    const opening = onceStarted(
      async () => {
        tries += 1
        if (tries < 4) throw refusal(code)
        return 'open'
      },
      () => {
        notes += 1
      },
    )
    expect([await opening, tries, notes]).toEqual(['open', 4, 1])
  },
)

test.each(['3D000', '28P01', '42501', '53300'])('a server that refuses with %s is not waited for', async (code) => {
  let tries = 0
  const note = () => {
    throw new Error('nothing is waited for')
  }
  const act = async () => {
    tries += 1
    throw refusal(code)
  }
  await expect(onceStarted(act, note)).rejects.toMatchObject({ code })
  expect(tries).toBe(1)
})
