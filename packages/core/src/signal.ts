/** Something that a signal can cut short. */
export interface Abortable {
  abort(reason: unknown): void
}

interface Hub {
  readonly members: Set<Abortable>
  readonly tell: () => void
}

/** Kept on the signal itself, so that it goes with it. */
const hubOf: unique symbol = Symbol('holdfast hub')

interface Carrier extends AbortSignal {
  [hubOf]?: Hub
}

/**
 * Has `member` told when `signal` aborts, once; not where it has aborted already. However many share a signal, it carries
 * one listener, and none when all are unlinked: unlink what is over, for a signal that lives long keeps it.
 */
export function linkTo(signal: Carrier, member: Abortable): void {
  const hub = (signal[hubOf] ??= hubFor(signal))
  if (hub.members.size === 0) signal.addEventListener('abort', hub.tell, { once: true })
  hub.members.add(member)
}

function hubFor(signal: AbortSignal): Hub {
  const members = new Set<Abortable>()
  const tell = (): void => {
    for (const each of [...members]) if (members.delete(each)) each.abort(signal.reason)
  }
  return { members, tell }
}

/** Has `member` hear no more of `signal`; it need not be linked. */
export function unlinkFrom(signal: Carrier, member: Abortable): void {
  const hub = signal[hubOf]
  if (hub === undefined || !hub.members.delete(member)) return
  if (hub.members.size === 0) signal.removeEventListener('abort', hub.tell)
}
