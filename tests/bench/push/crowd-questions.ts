import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery } from '../../../src/desk/delivery-schema.ts'
import { ask, type Running } from '../../support/processes/service.ts'

// What the bench asks a service that pushes to many: over its API, its metrics and /proc.

/** Each look costs the service some 0.5 ms of the cores that it shares with the bench. */
const lookMs = 100

/** An alert in these languages. */
export const textsIn = (tags: readonly string[]) => ({
  texts: Object.fromEntries(
    tags.map((tag) => [tag, { headline: `Monitors leave the valley (${tag})`, summary: 'They say it is not safe.' }]),
  ),
})

type At = Pick<Running, 'url'>

/** Null until the alert's pushes are opened, a moment after it is published. */
async function deliveryOf({ url }: At, id: string): Promise<Delivery | null> {
  const answer = await ask(url, 'GET', `/v1/alerts/${id}/delivery`)
  const body = (await answer.json()) as { readonly deliveries: readonly Delivery[] }
  return body.deliveries[0] ?? null
}

/** Whether every push of an alert is settled. */
export async function isFinished(at: At, id: string): Promise<boolean> {
  const delivery = await deliveryOf(at, id)
  return delivery !== null && delivery.finishedAt !== null
}

/** Waits until every push of an alert is settled. */
export async function finished(at: At, id: string): Promise<Delivery> {
  await until(() => isFinished(at, id))
  const delivery = await deliveryOf(at, id)
  if (delivery === null) throw new Error(`the delivery of ${id} is not there any more`)
  return delivery
}

/** From the first lease to the last settlement. */
export function secondsOf({ startedAt, finishedAt }: Delivery): number {
  return (Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')) / 1_000
}

/** How many push keys are prepared now. */
export async function preparedOf({ url }: At): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text()
  return Number(/^tocsin_push_prepared (\d+)/m.exec(text)?.[1] ?? 0)
}

/** The CPU time of a process with all its threads. */
export function cpuMicrosOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  // utime and stime, in ticks of 10 ms (proc_pid_stat(5)).
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** A size in the `status` file of a process, such as `VmRSS` (proc_pid_status(5)). */
export function kilobytesOf(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN)
}

/** Asks until it holds. Throws after `waitMsMax`. */
export async function until(holds: () => Promise<boolean>, waitMsMax = 600_000): Promise<void> {
  const endMs = Date.now() + waitMsMax
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`not in ${waitMsMax / 1_000} s`)
    await sleep(lookMs)
  }
}
