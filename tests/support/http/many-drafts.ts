import { ask, newKey } from '../processes/service.ts'

const atOnce = 16
const words = 'What is known so far, in a sentence as editors write them. '

/** Stores so many drafts in a service, in three languages each, by an editor's key. Their headlines are numbered from 0. */
export async function storeDrafts(url: string, count: number): Promise<void> {
  let next = 0
  const store = async () => {
    while (next < count) {
      const nth = next
      next += 1
      const text = (language: string) => ({ headline: `Draft ${nth} ${language}`, summary: words.repeat(4) })
      const body = { level: 'urgent', texts: { en: text('en'), fa: text('fa'), ru: text('ru') } }
      const answer = await ask(url, 'POST', '/v1/desk/items', body, { 'idempotency-key': newKey() })
      if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
      await answer.body?.cancel()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, store))
}
