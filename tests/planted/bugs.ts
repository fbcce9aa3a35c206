import { authBugs } from './bugs/bugs-auth.ts'
import { cliBugs } from './bugs/bugs-cli.ts'
import { cliClusterBugs } from './bugs/bugs-cli-cluster.ts'
import { clientBugs } from './bugs/bugs-client.ts'
import { deployBugs } from './bugs/bugs-deploy.ts'
import { deskBugs } from './bugs/bugs-desk.ts'
import { deskItemBugs } from './bugs/bugs-desk-items.ts'
import { docsBugs } from './bugs/bugs-docs.ts'
import { domainBugs } from './bugs/bugs-domain.ts'
import { exportBugs } from './bugs/bugs-export.ts'
import { httpBugs } from './bugs/bugs-http.ts'
import { httpApiBugs } from './bugs/bugs-http-api.ts'
import { hubBugs } from './bugs/bugs-hub.ts'
import { localesBugs } from './bugs/bugs-locales.ts'
import { logBugs } from './bugs/bugs-log.ts'
import { nodeBugs } from './bugs/bugs-node.ts'
import { nodeBackupBugs } from './bugs/bugs-node-backup.ts'
import { nodeClusterBugs } from './bugs/bugs-node-cluster.ts'
import { nodePushBugs } from './bugs/bugs-node-push.ts'
import { nodeReadsBugs } from './bugs/bugs-node-reads.ts'
import { nodeServerBugs } from './bugs/bugs-node-server.ts'
import { nodeStorageBugs } from './bugs/bugs-node-storage.ts'
import { nodeStoresBugs } from './bugs/bugs-node-stores.ts'
import { nodeStreamsBugs } from './bugs/bugs-node-streams.ts'
import { protocolBugs } from './bugs/bugs-protocol.ts'
import { pushBugs } from './bugs/bugs-push.ts'
import { signingBugs } from './bugs/bugs-signing.ts'
import { storeBugs } from './bugs/bugs-store.ts'
import { storeOutboxBugs } from './bugs/bugs-store-outbox.ts'
import { storePostgresBugs } from './bugs/bugs-store-postgres.ts'
import { webBugs } from './bugs/bugs-web.ts'
import { webAccountBugs } from './bugs/bugs-web-account.ts'
import { webDeskBugs } from './bugs/bugs-web-desk.ts'
import { webhookBugs } from './bugs/bugs-webhooks.ts'
import { webSubBugs } from './bugs/bugs-websub.ts'
import { workerBugs } from './bugs/bugs-worker.ts'

/** A bug planted on purpose: what stands in a file, what is put there instead, and the tests one of which must turn red. */
export type Bug = {
  readonly name: string
  readonly file: string
  /** Stands in the file once. When the code moves on, this is what to move with it. */
  readonly find: string
  readonly put: string
  readonly tests: readonly string[]
}

/** A file's text with the bug in it. Throws when its place is not there once: then nothing would be planted. */
export function planted({ name, file, find, put }: Omit<Bug, 'tests'>, text: string): string {
  const [before, after, ...more] = text.split(find)
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(
      `“${name}”: its place is not in ${file} once. Find where this went, and move the bug with it:\n${find}`,
    )
  return before + put + after
}

export const bugs: readonly Bug[] = [
  ...authBugs,
  ...cliBugs,
  ...cliClusterBugs,
  ...clientBugs,
  ...deployBugs,
  ...deskBugs,
  ...deskItemBugs,
  ...docsBugs,
  ...domainBugs,
  ...exportBugs,
  ...httpBugs,
  ...httpApiBugs,
  ...hubBugs,
  ...localesBugs,
  ...logBugs,
  ...nodeBugs,
  ...nodeBackupBugs,
  ...nodeClusterBugs,
  ...nodePushBugs,
  ...nodeReadsBugs,
  ...nodeServerBugs,
  ...nodeStorageBugs,
  ...nodeStoresBugs,
  ...nodeStreamsBugs,
  ...protocolBugs,
  ...pushBugs,
  ...signingBugs,
  ...storeBugs,
  ...storeOutboxBugs,
  ...storePostgresBugs,
  ...webBugs,
  ...webAccountBugs,
  ...webDeskBugs,
  ...webhookBugs,
  ...webSubBugs,
  ...workerBugs,
]
