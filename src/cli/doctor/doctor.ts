import { counted } from '../../domain/plural.ts'
import { type Cli, type Program, singleOption } from '../command-line.ts'
import { ask, errorMessage, type Service, serviceOf } from '../service-client.ts'
import { type ExitCode, jsonLine, paint, type Shell, untrustedText } from '../shell.ts'
import { checkAddress } from './doctor-address.ts'
import { checkAlarms } from './doctor-alarms.ts'
import { checkKey, checkNewsroom, checkNode, checkSecureContext, type Finding, type Newsroom } from './doctor-basics.ts'
import { checkLastDelivery } from './doctor-delivery.ts'
import { checkMirrors } from './doctor-mirrors.ts'
import { checkPush } from './doctor-push.ts'
import { checkFeeds, checkStream } from './doctor-streams.ts'
import { tryPush } from './doctor-try.ts'

/** `tocsin doctor` */
export function doctorCommand(program: Program, { shell, done }: Cli): void {
  program
    .command('doctor')
    .summary('look for what is wrong, and say how to mend it')
    .description(
      'Looks at this machine, at a running service and at its mirrors, and says of every fault how to mend it. Changes nothing, unless --push is given.',
    )
    .option(
      '--push',
      "publish a test alert, to the devices that are subscribed to test alerts only, and see what the push services answer; needs an editor's key",
    )
    .option('--json', 'the findings as JSON, on one line')
    .addOption(
      singleOption(
        '--url <address>',
        'the service (or TOCSIN_URL); with TOCSIN_KEY it looks at the key too, at how push is set up, and whether each push service in use can be reached from this machine',
      ),
    )
    .addHelpText(
      'after',
      `
Exit codes: 0 nothing found, 1 at least one fault

Example:
  npx tocsin doctor --url https://alerts.example`,
    )
    .action(async (options) => done(await examineAndPrint(options, shell)))
}

type Options = { readonly url?: string; readonly json?: boolean; readonly push?: boolean }

async function examineAndPrint(flags: Options, shell: Shell): Promise<ExitCode> {
  const service = serviceOf(flags.url, shell)
  const findings: Finding[] = []
  for await (const finding of examine(service, flags.push === true, shell)) {
    findings.push(finding)
    if (!flags.json) for (const line of describe(finding, shell)) shell.print(line)
  }
  const faults = findings.filter(({ state }) => state === 'fault').length
  if (flags.json) shell.print(jsonLine({ url: service.url.href, faults, findings }))
  else
    shell.print(
      faults === 0
        ? summary(findings.filter(({ state }) => state === 'doubt').length, shell)
        : paint(shell, 'red', `${counted(faults, 'check')} failed. Each says above how it is mended.`),
    )
  return faults === 0 ? 0 : 1
}

function summary(doubts: number, shell: Shell): string {
  if (doubts === 0) return paint(shell, 'green', 'Nothing wrong was found.')
  return paint(shell, 'yellow', `No check failed; ${counted(doubts, 'warning')} above.`)
}

async function* examine(service: Service, push: boolean, { stop, env }: Shell): AsyncGenerator<Finding> {
  yield checkNode(process.versions.node)
  const before = Date.now()
  const reached = await checkAddress(service, stop)
  yield* reached.findings
  if (!reached.isOurs) return
  yield clock(reached.headers, before)
  yield await ready(service, stop)
  yield* checkSecureContext(service)
  const newsroom = await newsroomOf(service, stop)
  yield* await checkNewsroom(newsroom)
  yield await checkStream(service, 'socket', stop)
  yield await checkStream(service, 'events', stop)
  const tag = typeof newsroom === 'string' ? undefined : newsroom.languages?.[0]?.tag
  if (tag !== undefined) yield* await checkFeeds(service, tag, stop)
  if (typeof newsroom !== 'string') yield* await checkMirrors(service, newsroom, stop)
  yield await checkKey(service, stop)
  yield* await checkPush(service, stop, env)
  if (push && typeof newsroom !== 'string') yield await tryPush(service, newsroom, stop)
  yield* await checkLastDelivery(service, stop)
  yield* await checkAlarms(service, stop)
}

const skewSecondsMax = 30

function clock(headers: Headers, before: number): Finding {
  const what = 'The clocks here and there agree'
  const there = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(there))
    return { state: 'doubt', what, why: 'The answer has no Date.', mend: 'Let the proxy pass it on.' }
  const skewSeconds = Math.round((there + 500 - (before + Date.now()) / 2) / 1_000)
  if (Math.abs(skewSeconds) <= skewSecondsMax) return { state: 'good', what }
  const why = `The service's clock is ${Math.abs(skewSeconds)} s ${skewSeconds > 0 ? 'ahead of' : 'behind'} this one.`
  return {
    state: 'fault',
    what,
    why,
    mend: 'Set both by NTP: push services refuse tokens from a wrong time, and alerts expire early or late.',
  }
}

async function ready(service: Service, signal: AbortSignal): Promise<Finding> {
  const what = 'It is ready to serve'
  try {
    await ask(service, { path: 'readyz', signal })
    return { state: 'good', what }
  } catch (error) {
    return {
      state: 'fault',
      what,
      why: errorMessage(error),
      mend: 'If it is starting or stopping, wait; else look into its log.',
    }
  }
}

async function newsroomOf(service: Service, signal: AbortSignal): Promise<Newsroom | string> {
  try {
    return Object((await ask(service, { path: 'v1/newsroom', signal })).body) as Newsroom
  } catch (error) {
    return errorMessage(error)
  }
}

const marks = { good: ['green', '✓', 'pass'], doubt: ['yellow', '?', 'warn'], fault: ['red', '✗', 'FAIL'] } as const

function describe({ state, what, why, mend }: Finding, shell: Shell): string[] {
  const [colour, sign, word] = marks[state]
  const mark = paint(shell, colour, shell.styled ? `${sign} ${word}` : word)
  if (state === 'good') return [`${mark}  ${untrustedText(shell, what)}`]
  // What was looked at is a sentence that does not hold here, so what was found comes first.
  return [
    `${mark}  ${untrustedText(shell, why)}`,
    `      looked at: ${untrustedText(shell, what)}`,
    `      to mend:   ${untrustedText(shell, mend)}`,
  ]
}
