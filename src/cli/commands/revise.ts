import { readFlags } from '../flags.ts'
import { alertIdIn, keyedServiceOf, type Service, sendWithRetry } from '../service-client.ts'
import { type Command, CommandError, type ExitCode, paint, type Shell, UsageError } from '../shell.ts'
import { draftFlags, draftHelp, readDraft, removalFlags, removalHelp } from './draft.ts'
import { dryRun, post, postFlags, postHelp } from './post.ts'

type Route = 'update' | 'correction' | 'retraction'

const reviseFlags = { ...draftFlags, ...removalFlags, ...postFlags, 'alert-version': 'text', 'dry-run': 'yes' } as const

async function revise(route: Route, args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { flags, rest } = readFlags(args, reviseFlags, 2)
  const {
    url,
    json: _,
    'idempotency-key': earlier,
    yes: ___,
    'alert-version': version,
    'dry-run': isDryRun,
    ...written
  } = flags
  const [id, file] = rest
  if (id === undefined) throw new UsageError('Say which alert: its id, or the address of its page, comes first.')
  const body = await readDraft(written, file, shell)
  if (route !== 'update' && file === undefined && written.note === undefined)
    throw new UsageError('Readers are told what was wrong: --lang en --note "…"')
  const path = `v1/alerts/${encodeURIComponent(alertIdIn(id))}`
  if (earlier !== undefined && !isDryRun && version === undefined && !Object.hasOwn(Object(body), 'version'))
    throw new UsageError(
      'With --idempotency-key say also which version the earlier try changed, as it told you: --alert-version N. The newest may be another by now, and somebody else’s.',
    )
  const condition = await conditionOf(path, body, version, keyedServiceOf(url, shell), shell)
  return (isDryRun ? dryRun : post)(`${path}/${route}`, body, flags, shell, condition)
}

/**
 * The version that is revised, as If-Match: the one that was named, else the newest. Whoever changes the alert in between
 * is not overruled. A file may name it itself.
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

const conditionHelp = `  --alert-version   the version that you saw, such as 2; when it is not the newest, nothing is published and
               what changed is printed (not given: the newest at this moment)
  --dry-run    say what would happen; nothing is stored, nothing is sent`

const noteHelp = '  --note       what was wrong, as readers will see it'

/** `tocsin update` */
export const update: Command = {
  about: 'tell what is new in an alert',
  help: `Updates an alert. What is not given stays as it is.

Usage: npx tocsin update <id> [flags]
       npx tocsin update <id> update.json   (or -)

${draftHelp}
${removalHelp}
${conditionHelp}
${postHelp}

Example:
  npx tocsin update 01932f6e-7c00-7000-8000-000000000001 --lang en --headline "Ceasefire holds, both sides say"`,
  run: (args, shell) => revise('update', args, shell),
}

/** `tocsin correct` */
export const correct: Command = {
  about: 'correct an alert, saying what was wrong',
  help: `Corrects an alert. What is not given stays as it is.

Usage: npx tocsin correct <id> --lang en --note "…" [flags]
       npx tocsin correct <id> correction.json   (or -)

${noteHelp}
${draftHelp}
${removalHelp}
${conditionHelp}
${postHelp}

Example:
  npx tocsin correct 01932f6e-7c00-7000-8000-000000000001 --lang en \\
    --headline "Four, not five, killed in Kabul blast" --note "An earlier version gave five."`,
  run: (args, shell) => revise('correction', args, shell),
}

/** `tocsin retract` */
export const retract: Command = {
  about: 'take an alert back, saying why',
  help: `Takes an alert back. Its readers are told, and undelivered pushes of it are replaced.

Usage: npx tocsin retract <id> --lang en --note "…"
       npx tocsin retract <id> retraction.json   (or -; for several languages)

${noteHelp}
  --lang       the note's language
${conditionHelp}
${postHelp}

Example:
  npx tocsin retract 01932f6e-7c00-7000-8000-000000000001 --lang en --note "The report could not be confirmed."`,
  run: (args, shell) => revise('retraction', args, shell),
}
