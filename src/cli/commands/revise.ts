import { type Cli, type Program, singleOption } from '../command-line.ts'
import { alertIdIn, keyedServiceOf, type Service, sendWithRetry } from '../service-client.ts'
import { CommandError, type ExitCode, paint, type Shell, UsageError } from '../shell.ts'
import { draftOptions, readDraft, removalOptions, type Written } from './draft.ts'
import { type PostFlags, post, postOptions, sendDryRun, type TimeFlags, timeOptions, withTimes } from './post.ts'

type Route = 'update' | 'correction' | 'retraction'
type Options = Written & PostFlags & TimeFlags & { readonly alertVersion?: string }

async function revise(
  route: Route,
  [id, file]: readonly [id: string, file: string | undefined],
  options: Options,
  shell: Shell,
): Promise<ExitCode> {
  const { url, json, yes, dryRun: isDryRun, idempotencyKey: earlier, alertVersion: version, ...others } = options
  const { hold, publishAt, embargo, override, ...written } = others
  const body = withTimes(await readDraft(written, file, shell), options)
  if (route !== 'update' && file === undefined && written.note === undefined)
    throw new UsageError(`--note is missing. It tells readers ${noteSays[route]}: --lang en --note "…"`)
  const path = `v1/alerts/${encodeURIComponent(alertIdIn(id))}`
  if (earlier !== undefined && !isDryRun && version === undefined && !Object.hasOwn(Object(body), 'version'))
    throw new UsageError(
      'With --idempotency-key say also which version the earlier try changed, as it told you: --alert-version N. The newest may be another by now, and somebody else’s.',
    )
  const condition = await conditionOf(path, body, version, keyedServiceOf(url, shell), shell)
  return (isDryRun ? sendDryRun : post)(`${path}/${route}`, body, options, shell, condition)
}

/**
 * The version that is revised, as If-Match: the one that was given, else the newest, so that a change of another editor in
 * between is not overwritten. A file may give it itself.
 */
async function conditionOf(path: string, body: unknown, version: string | undefined, service: Service, shell: Shell) {
  if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version))
    throw new UsageError(`--alert-version is the number of a version, not “${version}”.`)
  const { version: written } = Object(body) as { version?: unknown }
  if (version !== undefined && written !== undefined && written !== Number(version))
    throw new UsageError(
      `--alert-version ${version} and the file contradict each other: it says ${JSON.stringify(written)}.`,
    )
  if (version !== undefined) return { 'if-match': `"${version}"` }
  if (Object.hasOwn(Object(body), 'version')) return {}
  const onRetry = (why: string, pauseMs: number) =>
    shell.warn(paint(shell, 'dim', `${why}; trying again in ${pauseMs / 1_000} s.`))
  const answer = await sendWithRetry(service, { path, signal: shell.stop }, { onRetry, lost: 'Nothing was published.' })
  const { alert } = Object(answer.body) as { alert?: { version?: unknown } }
  if (typeof alert?.version !== 'number')
    throw new CommandError('The service did not say how the alert stands. Check --url.')
  return { 'if-match': `"${alert.version}"` }
}

const noteSays: Readonly<Record<Route, string>> = {
  update: 'what is new',
  correction: 'what was wrong',
  retraction: 'why it is taken back',
}

/** Defines a command that revises an alert, with the options that all three have. */
function reviseCommand(program: Program, name: string, route: Route, { shell, done }: Cli): Program {
  const command = program
    .command(name)
    .argument('<id>', 'the alert: its id, or the address of its page')
    .argument('[file]', 'a JSON file, or - for the standard input')
    .addOption(singleOption('--note <text>', `${noteSays[route]}, as readers will see it`))
  if (route === 'retraction') command.addOption(singleOption('--lang <tag>', "the note's language"))
  else timeOptions(removalOptions(draftOptions(command)))
  command.addOption(
    singleOption(
      '--alert-version <number>',
      'the version that you saw, such as 2; when it is not the newest, nothing is published and what changed is printed (not given: the newest at this moment)',
    ),
  )
  postOptions(command)
  command.action(async (id, file, options) => done(await revise(route, [id, file], options, shell)))
  return command
}

const exampleId = '01932f6e-7c00-7000-8000-000000000001'

/** `tocsin update` */
export function updateCommand(program: Program, cli: Cli): void {
  reviseCommand(program, 'update', 'update', cli)
    .summary('tell what is new in an alert')
    .description('Updates an alert. What is not given stays as it is. The key comes from TOCSIN_KEY.')
    .addHelpText(
      'after',
      `
Example:
  npx tocsin update ${exampleId} --lang en --headline "Ceasefire holds, both sides say"`,
    )
}

/** `tocsin correct` */
export function correctCommand(program: Program, cli: Cli): void {
  reviseCommand(program, 'correct', 'correction', cli)
    .summary('correct an alert, saying what was wrong')
    .description(
      'Corrects an alert; it needs a --note. What is not given stays as it is. The key comes from TOCSIN_KEY.',
    )
    .addHelpText(
      'after',
      `
Example:
  npx tocsin correct ${exampleId} --lang en \\
    --headline "Four, not five, killed in Kabul blast" --note "An earlier version gave five."`,
    )
}

/** `tocsin retract` */
export function retractCommand(program: Program, cli: Cli): void {
  reviseCommand(program, 'retract', 'retraction', cli)
    .summary('take an alert back, saying why')
    .description(
      'Takes an alert back; it needs a --note. Its readers are told, and pushes of it that are not delivered yet are replaced. For notes in several languages give a JSON file. The key comes from TOCSIN_KEY.',
    )
    .addHelpText(
      'after',
      `
Example:
  npx tocsin retract ${exampleId} --lang en --note "The report could not be confirmed."`,
    )
}
