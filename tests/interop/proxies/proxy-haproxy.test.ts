import { onTwoProcesses } from '../harness.ts'
import { proxySuite } from './proxy-suite.ts'

proxySuite('haproxy', 'two processes', onTwoProcesses)
