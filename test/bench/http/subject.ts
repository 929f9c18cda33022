import type { Server } from 'node:http'

export interface ServerSubject {
  /** Gives a server that listens on a free port of the loopback. */
  readonly serve: () => Promise<Server>
  /** What every answer of it has. */
  readonly status: 200 | 503
}

/** Asks a URL once, reads the whole answer, and gives its status. */
export type Caller = (url: string) => Promise<number>
export type ClientSubject = () => Promise<Caller>

/** Compared side by side. The first is what the others are compared with. */
export interface Group<Subject> {
  readonly name: string
  readonly subjects: Readonly<Record<string, Subject>>
}

/** What every handler here answers with. */
export const answer = 'hello'
/** Far above what comes, so that nothing is refused. */
export const plenty = 1e9
/** More than are under way at a time. */
export const room = 1_000
export const timeoutMs = 5_000

export function served(serve: () => Promise<Server>): ServerSubject {
  return { serve, status: 200 }
}

export function refused(serve: () => Promise<Server>): ServerSubject {
  return { serve, status: 503 }
}
