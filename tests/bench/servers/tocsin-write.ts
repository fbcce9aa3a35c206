import { serveTocsin } from './tocsin-hub.ts'

// As it runs where there is no io_uring: each socket is written to by itself.
await serveTocsin(false)
