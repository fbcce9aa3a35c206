// The service as it starts where the kernel cannot spread a port's connections: its primary hands them out.
Object.defineProperty(process, 'platform', { value: 'darwin' })
await import('../../../src/node/main.ts')
