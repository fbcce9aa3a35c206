import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { settingNames } from '../../../src/node/config.ts'
import { misspelt } from '../../../src/node/settings/misspelt-settings.ts'
import { serviceProgram } from '../../support/processes/service-program.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

const warningsOf = (names: readonly string[]) => misspelt(Object.fromEntries(names.map((name) => [name, 'x'])))

test.each([
  ['DATADIR', 'DATA_DIR'],
  ['data_dir', 'DATA_DIR'],
  ['TOCSIN_PORT', 'PORT'],
  ['PUSH_HOST', 'PUSH_HOSTS'],
  ['\ufeffPORT', 'PORT'],
  ['VAPID_SUBJET', 'VAPID_SUBJECT'],
  ['METRIC_KEY', 'METRICS_KEY'],
  ['PLAINS', 'PLAIN'],
  ['PLAN', 'PLAIN'],
  ['PLIAN', 'PLAIN'],
  ['HOSTS', 'HOST'],
  ['HSOT', 'HOST'],
  ['PROT', 'PORT'],
  ['PORTS', 'PORT'],
  ['TOCSIN_PROT', 'PORT'],
])('%s is warned of: %s was meant', (name, meant) => {
  expect(warningsOf([name])).toEqual([`${name} is not a setting. Did you mean ${meant}?`])
})

test('the usual environment of a machine is not warned of', () => {
  const shell = `BASH BASHOPTS BASH_VERSION COLORTERM COLUMNS DIRSTACK DISPLAY EDITOR EUID GROUPS HISTFILE HISTSIZE HOME
    HOSTNAME HOSTTYPE IFS LANG LANGUAGE LC_ALL LC_CTYPE LESS LINES LOGNAME LS_COLORS MACHTYPE MAIL MANPATH NO_COLOR
    OLDPWD OPTIND OSTYPE PAGER PATH PIPESTATUS PPID PROMPT PS1 PS2 PWD SHELL SHELLOPTS SHLVL SSH_AUTH_SOCK
    SSH_CONNECTION SSH_TTY SUDO_USER TEMP TERM TERM_PROGRAM TMP TMPDIR TZ UID USER VISUAL WINDOWID XAUTHORITY
    XDG_CONFIG_HOME XDG_DATA_DIRS XDG_RUNTIME_DIR XDG_SESSION_ID`
  const services = `CACHE_DIRECTORY CI CONFIGURATION_DIRECTORY CONTAINER CREDENTIALS_DIRECTORY DEBUG ENV
    GITHUB_ACTIONS HTTPS_PROXY HTTP_PROXY INVOCATION_ID JOURNAL_STREAM KUBERNETES_PORT KUBERNETES_SERVICE_HOST
    KUBERNETES_SERVICE_PORT LISTEN_FDS LOGS_DIRECTORY MAINPID MALLOC_ARENA_MAX NODE NODE_ENV NODE_EXTRA_CA_CERTS
    NODE_OPTIONS NODE_VERSION NOTIFY_SOCKET NO_PROXY POD_IP RUNTIME_DIRECTORY SSL_CERT_FILE STATE_DIRECTORY
    TOCSIN_KEY TOCSIN_URL YARN_VERSION http_proxy https_proxy npm_command npm_config_cache npm_execpath
    npm_lifecycle_event npm_node_execpath npm_package_json npm_package_version COST SORT LIST`
  expect(warningsOf(`${shell} ${services}`.split(/\s+/))).toEqual([])
})

test('no setting is warned of', () => {
  expect(settingNames).toContain('PORT')
  expect(warningsOf(settingNames)).toEqual([])
})

test('a misspelt name is warned of also when another setting is wrong, and nothing is made', () => {
  const folder = scratchFolder(clean)
  const env = { PATH: process.env.PATH ?? '', DATADIR: join(folder, 'a'), DATA_DIR: join(folder, 'b'), PORT: 'x' }
  const ran = spawnSync(process.execPath, [serviceProgram], { cwd: folder, env, encoding: 'utf8' })
  expect(ran).toMatchObject({ status: 2, stdout: '' })
  expect(ran.stderr.split('\n')).toEqual([
    'Warning: DATADIR is not a setting. Did you mean DATA_DIR?',
    'The settings cannot be taken:',
    expect.stringMatching(/^ {2}PORT: /),
    '',
  ])
})
