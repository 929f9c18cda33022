import { describe, expect, it } from 'vitest'
import { emptyRecord } from './breaker-record.ts'
import { look } from './look.ts'
import type { OverrideReply } from './look.ts'
import { auditLength, control, emptyOverride } from './override-record.ts'
import type { ControlReply, ControlRequest, OverrideRecord } from './override-record.ts'

class Server {
  said: OverrideRecord = emptyOverride
  now = 1_700_000_000_000

  say(given: Partial<ControlRequest> & Pick<ControlRequest, 'request'>): ControlReply {
    const usual = { type: 'control', id: 'c', name: 'c', by: 'Ada', why: 'maintenance' } as const
    const { record, reply } = control(
      this.said,
      { ...usual, state: 'open', forMs: 60_000, ...given },
      this.now,
    )
    this.said = record
    return reply
  }

  seen(): OverrideReply {
    return look(emptyRecord, this.said, this.now).override
  }
}

describe('an override', () => {
  it('is seen with its author and reason until it ends by time', () => {
    const server = new Server()
    server.say({ request: 'one' })
    server.now += 59_999
    expect(server.seen()).toMatchObject({ state: 'open', remainingMs: 1, by: 'Ada', why: 'maintenance' })
    server.now += 1
    expect(server.seen()).toMatchObject({ state: 'none', remainingMs: 0, by: '', why: '' })
  })

  it('is said once when the command arrives twice', () => {
    const server = new Server()
    const first = server.say({ request: 'one' })
    server.now += 1_000
    expect(server.say({ request: 'one' })).toEqual({ ...first, remainingMs: 59_000 })
    expect(server.said.audit).toHaveLength(1)
  })

  it('is replaced by the next, and taken back by none, each under a later epoch', () => {
    const server = new Server()
    const epochs = [
      server.say({ request: 'one' }),
      server.say({ request: 'two', state: 'shadow' }),
      server.say({ request: 'three', state: 'none' }),
    ].map(({ epoch }) => epoch)
    expect(epochs).toEqual([server.now, server.now + 1, server.now + 2])
    expect(server.seen()).toMatchObject({ state: 'none', by: '' })
  })

  it('that was taken back stays so after the clock has stepped back', () => {
    const server = new Server()
    server.say({ request: 'one', state: 'none' })
    server.now -= 1
    expect(server.seen()).toMatchObject({ state: 'none', by: '', why: '' })
  })

  it('lasts a day at most', () => {
    const server = new Server()
    expect(server.say({ request: 'one', forMs: 1e12 }).remainingMs).toBe(86_400_000)
  })

  it('remains no longer than it was meant to last after the clock has stepped back', () => {
    const server = new Server()
    server.say({ request: 'one' })
    server.now -= 3_600_000
    expect(server.seen().remainingMs).toBe(60_000)
  })

  it('keeps its epoch for a day after its end, so that an earlier message is no news', () => {
    const server = new Server()
    const { epoch } = server.say({ request: 'one' })
    server.now += 60_000 + 86_400_000 - 1
    expect(server.seen().epoch).toBe(epoch)
  })

  it('is in the audit, which keeps the newest', () => {
    const server = new Server()
    for (let each = 0; each <= auditLength; each++) server.say({ request: `${each}`, why: `${each}` })
    expect(server.said.audit).toHaveLength(auditLength)
    expect(server.said.audit.at(-1)).toMatchObject({
      why: `${auditLength}`,
      by: 'Ada',
      state: 'open',
      name: 'c',
    })
    expect(server.said.audit[0]).toMatchObject({ why: '1' })
  })
})
