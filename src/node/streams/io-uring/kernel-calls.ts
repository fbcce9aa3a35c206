import { createRequire } from 'node:module'
import type * as Koffi from 'koffi'

// What io_uring needs of the C library, called through koffi: no compiler is needed, but koffi must be installed.

const setupCall = 425
const enterCall = 426
/** IORING_ENTER_GETEVENTS: return when they are complete. */
const getEvents = 1
const readAndWrite = 3
const mapFailed = 0xffff_ffff_ffff_ffffn

/** Memory shared with the kernel. It stays mapped, because nothing tells when its buffer is no longer referenced. */
type MappedMemory = { readonly at: bigint; readonly bytes: ArrayBuffer }

export type KernelCalls = {
  /** mmap(2). Throws when there is no memory. */
  map(lengthBytes: number, flags: number, fd: number, offset: number): MappedMemory
  /**
   * io_uring_setup(2): fills the 120 bytes of `params`, and gives the ring's file descriptor. Throws where it is not
   * permitted.
   */
  setup(entries: number, params: Uint8Array): number
  /** io_uring_enter(2): gives the number of submitted entries, or a negative errno. */
  enter(fd: number, submit: number, complete: number): number
  socketpair(): readonly [number, number]
  read(fd: number, bytes: Uint8Array): number
  close(fd: number): void
}

/** Loads the calls. Throws where koffi is not installed or the system is not Linux. */
export function kernelCalls(): KernelCalls {
  if (process.platform !== 'linux') throw new Error('io_uring is only on Linux')
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi
  const library = koffi.load(null)
  const mmap = library.func('void *mmap(void *at, size_t length, int protection, int flags, int fd, int64_t offset)')
  const setup = library.func('syscall', 'int64_t', ['int64_t', 'uint32_t', 'void *'])
  const enter = library.func('syscall', 'int64_t', [
    ...['int64_t', 'uint32_t', 'uint32_t', 'uint32_t', 'uint32_t'],
    ...['void *', 'size_t'],
  ])
  const socketpair = library.func('int socketpair(int domain, int type, int protocol, void *pair)')
  const read = library.func('int64_t read(int fd, void *bytes, size_t length)')
  const close = library.func('int close(int fd)')
  const checked = (result: number, what: string): number => {
    if (result < 0) throw new Error(`${what}: errno ${koffi.errno()}`)
    return result
  }
  return {
    map(lengthBytes, flags, fd, offset) {
      const at: bigint = BigInt.asUintN(64, BigInt(mmap(null, lengthBytes, readAndWrite, flags, fd, offset)))
      if (at === mapFailed) throw new Error(`mmap: errno ${koffi.errno()}`)
      return { at, bytes: koffi.view(at, lengthBytes) }
    },
    setup: (entries, params) => checked(Number(setup(setupCall, entries, params)), 'io_uring_setup'),
    enter: (fd, submit, complete) => Number(enter(enterCall, fd, submit, complete, getEvents, null, 0)),
    socketpair() {
      const pair = new Int32Array(2)
      checked(socketpair(1, 1, 0, pair), 'socketpair')
      return [pair[0] ?? -1, pair[1] ?? -1]
    },
    read: (fd, bytes) => Number(read(fd, bytes, bytes.length)),
    close: (fd) => void close(fd),
  }
}
