/** Tables of SQLite that are not copied as they are, and what becomes of them. */
export const tablesNotCopied: Readonly<Record<string, string>> = {
  schema_steps: 'the steps of each database are its own',
  sqlite_sequence: 'becomes the next value of the identity columns',
  log: 'the epoch is in log_head',
  log_index: 'the index is whole there',
  log_record: 'says that the folder has a file log-record',
  alerts: 'the newest entry of an alert is found by an index',
  scopes: 'made from the entries',
  entry_scopes: 'made from the entries',
  push_times: 'in the tallies of push_entries',
  push_services: 'in the tallies of push_entries, and in push_shut_hosts',
  push_languages: 'in the column due_in and the tallies of push_entries',
  push_clock: 'the clock is that of the database server',
  item_presence: 'lasts a minute, and pages say it again',
  editor_notices: 'what waits is seen at the desk; a notice of it is for the next minutes',
  webhook_alarms: 'an alarm that lasts is told once more',
  move: 'says that this database is being moved',
}
