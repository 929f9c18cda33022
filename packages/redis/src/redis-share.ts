import { share } from '@holdfast/core'
import type { Share, ShareOptions } from '@holdfast/core'
import type { RedisStoreOptions } from './options.ts'
import { redisStore } from './redis-store.ts'

export interface RedisShareOptions extends RedisStoreOptions, ShareOptions {}

/**
 * Makes this process a member of the fleet that shares its state through Redis or Valkey. Connects in the background; what
 * is given to it goes on alone where there is no connection. Options that do not fit are refused with a
 * `HoldfastConfigError`.
 */
export function redisShare({ clock, random, ...options }: RedisShareOptions): Share {
  return share(redisStore(options), { ...(clock && { clock }), ...(random && { random }) })
}
