import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { type AlertLog, newEpoch } from '../../../log/log.ts'
import { refuseUnserved } from '../../../store/move/postgres-move.ts'
import { diagnose } from '../../../store/postgres/connection/diagnosis.ts'
import { checkWriting } from '../../../store/postgres/connection/write-check.ts'
import { PostgresAudit } from '../../../store/postgres/desk/postgres-audit.ts'
import { PostgresItems } from '../../../store/postgres/desk/postgres-items.ts'
import { PostgresNotices } from '../../../store/postgres/desk/postgres-notices.ts'
import { PostgresWebhookOutbox } from '../../../store/postgres/desk/postgres-webhook-outbox.ts'
import { PostgresWebhooks } from '../../../store/postgres/desk/postgres-webhooks.ts'
import { PostgresLog } from '../../../store/postgres/log/postgres-log.ts'
import { postgresOutboxStats } from '../../../store/postgres/outbox/outbox-state.ts'
import { PostgresDatabase } from '../../../store/postgres/postgres-database.ts'
import { PostgresEditors } from '../../../store/postgres/postgres-editors.ts'
import { ConnectionLost, sqlStateOf } from '../../../store/postgres/postgres-fault.ts'
import { NotificationsNotReceived, PostgresListener } from '../../../store/postgres/postgres-listener.ts'
import { migratePostgres } from '../../../store/postgres/postgres-migrations.ts'
import { PostgresPause } from '../../../store/postgres/postgres-pause.ts'
import { PostgresProcesses } from '../../../store/postgres/postgres-processes.ts'
import { postgresSchemas } from '../../../store/postgres/postgres-schemas.ts'
import { deleteTestsOf } from '../../../store/postgres/subscriptions/subscription-removal.ts'
import { wakeUp } from '../../../store/postgres/wake-ups.ts'
import { PostgresWebSub } from '../../../store/postgres/websub/postgres-websub.ts'
import type { StorageFaultKind } from '../../../store/storage-fault.ts'
import type { ProcessReport } from '../../cluster/process-reports.ts'
import { StartError } from '../../start-errors.ts'
import { databasePath } from '../../storage/data-folder.ts'
import { databaseName } from '../database-name.ts'
import { faultNotices } from '../fault-state.ts'
import type { Stores, StoresDeps } from '../stores.ts'
import { coalesced } from './coalesced.ts'
import { postgresPushStorage } from './postgres-push-storage.ts'
import { diagnosedStartError, onceStarted } from './postgres-start.ts'
import { PostgresState } from './postgres-state.ts'
import { sharedPushKeys } from './shared-push-keys.ts'
import { refuseTwoPrimaries } from './two-primaries.ts'
import { WakeUpNotices } from './wake-up-notices.ts'

/** The most connections of the main thread. */
const connectionsMax = 8
const replacedBefore =
  'is another than the one that this log was written in: a backup was restored, or a copy of the server was started. The log goes on under a new identity, so that readers begin anew instead of missing what comes. The newest alerts and subscriptions may be lost.'
const notify = `select ${wakeUp('log')}`

/** Opens the PostgreSQL database of DATABASE_URL, with its tables. Rejects with a StartError. */
export async function openPostgresStores(deps: StoresDeps & { readonly url: string }): Promise<Stores> {
  const { url, config } = deps
  const applicationName = `tocsin ${hostname()} ${process.pid}`.slice(0, 63)
  const report = (error: unknown) => deps.logger.debug(`a connection to the database has ended: ${error}`)
  let state: PostgresState | null = null
  const onFault = (kind: StorageFaultKind | 'busy') => state?.noteFault(kind)
  const database = new PostgresDatabase({ url, applicationName, connectionsMax, report, onFault })
  try {
    const waits = () => deps.logger.warn(`${databaseName(config)} is starting or stopping. It is waited for.`)
    await refuseTwoPrimaries(url, databaseName(config))
    await onceStarted(() => migratePostgres(database, postgresSchemas), waits)
    return await openWith(deps, database, applicationName, (opened) => {
      state = opened
    })
  } catch (error) {
    const told = await diagnosedStartError(error, databaseName(config), url)
    await database.close()
    throw told ?? error
  }
}

async function openWith(
  { config, peers, alarms, logger, url, replaced }: StoresDeps & { readonly url: string },
  database: PostgresDatabase,
  applicationName: string,
  watched: (state: PostgresState) => void,
): Promise<Stores> {
  const renewed = () => logger.alert(`${databaseName(config)} ${replacedBefore}`)
  const log = await PostgresLog.open(database, () => newEpoch(Math.random(), Date.now()), { renewed })
  await refuseUnserved(database)
  if (peers.owner) await warnOfLeftNewsroom(config, log, logger.warn)
  const bounds = coalesced(() => log.bounds())
  const asking = new PostgresDatabase({ url, applicationName, connectionsMax: 1, report: () => {} })
  const state = new PostgresState({
    name: databaseName(config),
    read: bounds,
    write: () => checkWriting(database),
    diagnose: () => diagnose(asking),
    replaced,
    notify: faultNotices(alarms, logger),
  })
  // One connection for the processes of this host: the owner listens, and wakes its siblings.
  const listener = peers.owner ? await startListener(config, url, database, logger.warn) : null
  state.watch()
  watched(state)
  return {
    address: { kind: 'postgres', url, applicationName },
    log: sharingBounds(log, bounds),
    signing: log.signing,
    editors: new PostgresEditors(database, deleteTestsOf),
    pauses: new PostgresPause(database),
    items: new PostgresItems(database, log),
    audit: new PostgresAudit(database),
    webhooks: new PostgresWebhooks(database),
    webhookOutbox: new PostgresWebhookOutbox(database),
    notices: new PostgresNotices(database),
    websub: new PostgresWebSub(database),
    storage: state,
    openPushStorage: postgresPushStorage(database),
    wakeUps: listener,
    reports: new PostgresProcesses<ProcessReport>(database, randomUUID()),
    published: () => log.published(),
    pushKeys: (note) => sharedPushKeys(config, database, note),
    // Where the database is away, the rest of the metrics is still of use.
    outboxStats: coalesced(() => postgresOutboxStats(database).catch(() => null)),
    noteSeq() {},
    began() {},
    async close() {
      state.stop()
      listener?.close()
      await Promise.all([database.close(), asking.close()])
    },
  }
}

/** An empty database beside a data folder with a newsroom in it: most likely it was to be moved, and not begun anew. */
async function warnOfLeftNewsroom(
  { dataDir }: Pick<StoresDeps['config'], 'dataDir'>,
  log: Pick<AlertLog, 'bounds'>,
  warn: (line: string) => void,
): Promise<void> {
  if ((await log.bounds()).head > 0 || !existsSync(databasePath(dataDir))) return
  warn(
    `${databasePath(dataDir)} holds a newsroom, and the database of DATABASE_URL is empty: a new newsroom begins there, without its alerts, subscriptions and keys. To take them along, stop this service and run npx tocsin migrate --help.`,
  )
}

/** The log; its bounds are asked for once for all who want them at the same time, such as the readers of a page. */
function sharingBounds(log: PostgresLog, bounds: AlertLog['bounds']): AlertLog {
  return {
    bounds,
    append: (...given) => log.append(...given),
    after: (...given) => log.after(...given),
    latest: (...given) => log.latest(...given),
    history: (...given) => log.history(...given),
    recent: (...given) => log.recent(...given),
    onAppend: (...given) => log.onAppend(...given),
  }
}

async function startListener(
  config: StoresDeps['config'],
  databaseUrl: string,
  database: PostgresDatabase,
  warn: (line: string) => void,
): Promise<PostgresListener> {
  const url = config.listenDatabaseUrl ?? databaseUrl
  const notices = new WakeUpNotices(warn)
  const listener = new PostgresListener({
    url,
    applicationName: `tocsin ${hostname()} listen`.slice(0, 63),
    changed: (why) => notices.note(why),
  })
  try {
    await listener.start(() => database.once(notify))
    return listener
  } catch (error) {
    const setting = config.listenDatabaseUrl === null ? 'DATABASE_URL' : 'LISTEN_DATABASE_URL'
    if (!(error instanceof NotificationsNotReceived))
      throw (await diagnosedStartError(unreachable(error), databaseName(config), url, setting)) ?? error
    throw new StartError(
      'Wake-ups (LISTEN, NOTIFY) do not arrive through DATABASE_URL: it leads through a pooler in transaction mode, such as PgBouncer. Set LISTEN_DATABASE_URL to the address of the database itself. (If it is set: it leads through one too, or to another database.)',
    )
  }
}

/** An error without an SQLSTATE says that the server was not reached. */
function unreachable(error: unknown): unknown {
  if (sqlStateOf(error) !== null || error instanceof ConnectionLost) return error
  return new ConnectionLost('unreachable', error instanceof Error ? error.message : String(error), { cause: error })
}
