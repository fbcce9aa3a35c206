import { serveTocsin } from './tocsin-hub.ts'

// As it runs where io_uring is to be had. STREAM_WRITER=node: as the service runs with it.
await serveTocsin(true, process.env.STREAM_WRITER === 'node' ? 'node' : 'raw')
