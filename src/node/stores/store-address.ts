/** Where a thread finds the database: plain values that can be cloned. */
export type StoreAddress =
  | { readonly kind: 'sqlite'; readonly path: string }
  /** `applicationName`: names this process in `pg_stat_activity`. */
  | { readonly kind: 'postgres'; readonly url: string; readonly applicationName: string }
