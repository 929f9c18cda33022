/** Something that a signal can cut short. */
export interface Abortable {
  abort(reason: unknown): void
}

interface Hub {
  readonly members: Set<Abortable>
  readonly tell: () => void
}

const hubs = new WeakMap<AbortSignal, Hub>()

/** Has `member` told when `signal` aborts. However many calls share a signal, it carries one listener. */
export function linkTo(signal: AbortSignal, member: Abortable): void {
  let hub = hubs.get(signal)
  if (hub === undefined) {
    const members = new Set<Abortable>()
    hub = {
      members,
      tell: () => {
        for (const each of [...members]) if (members.delete(each)) each.abort(signal.reason)
      },
    }
    hubs.set(signal, hub)
  }
  if (hub.members.size === 0) signal.addEventListener('abort', hub.tell, { once: true })
  hub.members.add(member)
}

export function unlinkFrom(signal: AbortSignal, member: Abortable): void {
  const hub = hubs.get(signal)
  if (hub === undefined || !hub.members.delete(member)) return
  if (hub.members.size === 0) signal.removeEventListener('abort', hub.tell)
}
