import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

// What may go wrong at the desk, and the tests that say what then happens. Somebody who renames or removes one of them is told
// here which case it was for. Contracts run on every store: SQLite, PostgreSQL and, by the model, Durable Objects.

type Proof = readonly [file: string, title: string]

const contracts = 'tests/contracts/items'
const items = `${contracts}/items.ts`
const clock = `${contracts}/items-clock.ts`
const lost = `${contracts}/lost-answers.ts`
const atOnce = 'tests/flows/requests/at-once.long.test.ts'
const model = `${contracts}/items-model.ts`
const kills = 'tests/flows/faults/items.long.test.ts'
const localTime = 'tests/web/desk/state/local-time.test.ts'

const cases: readonly (readonly [what: string, ...proofs: readonly Proof[]])[] = [
  [
    'two people approve at once',
    [items, 'two approve at once: each approval counts once, and the alert goes out once'],
    [atOnce, 'two who approve in the same moment: one does, the other is told so, and it goes out once'],
  ],
  [
    'a cancel at the last instant of the hold',
    [items, 'cancelled is cancelled: after the answer nothing goes out'],
    [atOnce, 'a cancel around the end of the hold'],
    [model, 'only what was approved leaves, in its time and once'],
  ],
  [
    'a lost answer, and the request again',
    [lost, 'asked again, it was done once'],
    [lost, 'when it is deleted: asked again, it is gone'],
    [lost, 'when its time has come: it goes out once'],
    [items, 'the same key gives the first answer and does nothing, also after a crash'],
  ],
  [
    'a clock that jumps',
    [clock, 'back by %i ms in a hold'],
    [clock, 'ahead by more than what may be late: an editor is asked'],
    [clock, 'what is published after that is not dated before'],
  ],
  [
    'a restart during a hold',
    [kills, 'kill -9 around the release (%i): what was answered is kept, and it goes out once'],
    [items, 'a schedule is kept through a crash and never early'],
  ],
  [
    'a draft in a language that the newsroom has dropped',
    [items, 'a draft may lack everything, also what the newsroom has dropped'],
    [`${contracts}/model/drawn-schedules.ts`, 'A language of it is dropped.'],
  ],
  [
    'hostile HTML in an article',
    ['tests/desk/article/hostile-articles.test.ts', 'random bodies are refused, never a crash'],
    ['tests/desk/article/hostile-articles.test.ts', 'a page as large as is taken'],
  ],
  [
    'a key that may only draft, on every route',
    ['tests/http/writer-key.test.ts', 'is refused by every route that does more, and changes nothing by any'],
    ['tests/flows/suites/items.ts', 'a key that may only draft publishes by no route'],
  ],
  [
    'an embargo in the past',
    [clock, 'in the past is refused, wherever it is given, and nothing is stored'],
    [clock, 'that passes while it waits for an approval keeps it no longer'],
  ],
  [
    'a schedule in the hour that a clock change skips or repeats',
    [localTime, 'an hour that is skipped or repeated is not guessed'],
    [localTime, 'the hour that New York skips'],
    [localTime, 'the last hour that Tehran repeated'],
    [localTime, 'the hour that Casablanca repeats before Ramadan'],
    [localTime, 'half an hour skipped'],
    [clock, 'is one moment by its offset, and kept to'],
    ['tests/browser/desk-items.long.test.ts', 'an hour that does not exist is asked about'],
    ['tests/flows/suites/items.ts', "publishAt: '2026-03-29T02:30:00'"],
  ],
  [
    'ten thousand drafts',
    ['tests/flows/requests/many-drafts.long.test.ts', 'every page is small, none is missing'],
    ['tests/browser/desk/desk-many.long.test.ts', 'takes what is typed, and opens any that is shown'],
  ],
  [
    'approval of a text that was changed a millisecond before',
    [items, 'a change undoes the approval, and one a moment before refuses it'],
    [atOnce, 'one of both counts, and only what was read goes out'],
  ],
]

test.each(cases)('of “%s” there are tests', (_, ...proofs) => {
  for (const [file, title] of proofs as readonly Proof[]) {
    const isThere = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').includes(title)
    expect([file, title, isThere]).toEqual([file, title, true])
  }
})
