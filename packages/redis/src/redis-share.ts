import { share } from '@holdfast/core'
import type { Share, ShareOptions } from '@holdfast/core'
import type { RedisStoreOptions } from './options.ts'
import { redisStore } from './redis-store.ts'

/** Where the state is kept, and what a share needs beside that. */
export interface RedisShareOptions extends RedisStoreOptions, ShareOptions {}

/**
 * Shared state in Redis or Valkey, for `pipeline(name, parts, { share })`. Returns at once and connects in the background;
 * while there is no connection, every instance goes on by what it knows itself. Stop it when the process ends: until then
 * its connection keeps the process alive. Options that do not fit are refused with a `HoldfastConfigError`.
 */
export function redisShare(options: RedisShareOptions): Share {
  // What is no object has nothing that is needed, and is refused for that.
  const { clock, random, instances, ...store } = { ...options }
  const given = Object.entries({ clock, random, instances }).filter(([, value]) => value !== undefined)
  return share(redisStore(store), Object.fromEntries(given))
}
