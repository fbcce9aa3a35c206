import pg from 'pg'

type Startup = { getStartupConf(): Record<string, string> }

/**
 * What a session is to be like whatever the database, its user or the server's files say: dates as the driver reads them
 * (`alter database … set DateStyle` would change them), and literals as our statements write them. Only parameters that
 * PgBouncer keeps apart for each client (https://www.pgbouncer.org/config.html#track_extra_parameters); it refuses others.
 */
const sessionParameters = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO',
  TimeZone: 'UTC',
  standard_conforming_strings: 'on',
}

/** A connection whose startup message sets the parameters of its session. */
export class SessionClient extends pg.Client {
  /** `pg` fills its startup message with this; it has no option for these parameters. A test fails when it does not. */
  getStartupConf(): Record<string, string> {
    const ofDriver = (pg.Client.prototype as unknown as Startup).getStartupConf
    return { ...ofDriver.call(this), ...sessionParameters }
  }
}
