import { program } from './program.ts'

/** Before the tests, so that an installation does not count against the time of the first of them. */
export async function setup(): Promise<void> {
  await program('redis-server')
  await program('openssl')
}
