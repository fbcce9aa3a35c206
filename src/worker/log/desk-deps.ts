import type { EditorStore } from '../../auth/editor.ts'
import type { SessionStore } from '../../auth/sessions.ts'
import type { DeskPushesDeps } from '../../http/api/desk/desk-pushes.ts'
import type { AlertLog } from '../../log/log.ts'
import type { Sql } from '../../store/sql.ts'
import { authorisedStop } from '../../store/sqlite/desk/authorised-stop.ts'
import { authorise, type SqliteEditors } from '../../store/sqlite/sqlite-editors.ts'
import type { Env } from '../env.ts'
import { openShards } from '../push/shards.ts'
import { RemoteActs } from './remote-acts.ts'

type Deps = {
  readonly env: Env
  readonly sql: Sql
  readonly editors: SqliteEditors
  /** The shards that have ever had a subscription. */
  readonly enlisted: () => readonly string[]
  readonly log: Pick<AlertLog, 'history'>
}

/** The editors' operations on shards, and the editors' store. After a key has ended, no operation is done for it. */
export function deskDeps({
  env,
  sql,
  editors,
  enlisted,
  log,
}: Deps): Omit<ReturnType<typeof openShards>, 'stop'> &
  Pick<DeskPushesDeps, 'stopPushes'> & { readonly editors: EditorStore & SessionStore } {
  const { stop, ...shards } = openShards(env, enlisted, log)
  const acts = new RemoteActs()
  return {
    ...shards,
    archive: {
      page: (...given) => shards.archive.page(...given),
      hostKeyCounts: () => shards.archive.hostKeyCounts(),
      importOne(subscription, createdAt, by) {
        const allowed = () => void (by !== undefined && authorise(sql, by))
        return acts.run(allowed, () => shards.archive.importOne(subscription, createdAt, by))
      },
    },
    async stopPushes(alertId, by) {
      const newest = sql.transaction(() => authorisedStop(sql, alertId, by))
      if (newest === null) return false
      await acts.run(
        () => {},
        () => stop(alertId, newest),
      )
      return true
    },
    editors: ending(editors, acts),
  }
}

function ending(editors: SqliteEditors, acts: RemoteActs): EditorStore & SessionStore {
  return {
    add: (...given) => editors.add(...given),
    addAdmin: (...given) => editors.addAdmin(...given),
    list: () => editors.list(),
    holder: (...given) => editors.holder(...given),
    isExpired: (...given) => editors.isExpired(...given),
    endExpired: (...given) => editors.endExpired(...given),
    noteUse: (...given) => editors.noteUse(...given),
    openSession: (...given) => editors.openSession(...given),
    renewSession: (...given) => editors.renewSession(...given),
    sessions: (...given) => editors.sessions(...given),
    async endSessions(...given) {
      const ended = await editors.endSessions(...given)
      await acts.settled()
      return ended
    },
    async revoke(...given) {
      const revoked = await editors.revoke(...given)
      await acts.settled()
      return revoked
    },
    async closeSession(...given) {
      await editors.closeSession(...given)
      await acts.settled()
    },
  }
}
