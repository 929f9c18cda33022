import type { StoreFailure } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { Desk } from './desk.ts'

const inventory = 'inventory/circuit-breaker'
const at = '2030-01-01T00:00:0'

async function deskWith(terminal?: { readonly columns: number; readonly rows: number }): Promise<Desk> {
  const desk = new Desk({ env: { NO_COLOR: '1' }, ...(terminal && { terminal }) })
  await desk.register(`b:${inventory}`)
  return desk
}

function open(desk: Desk): Promise<unknown> {
  const said = { name: inventory, state: 'open', forMs: 600_000, by: 'ann', why: 'down' } as const
  return desk.ask({ type: 'control', id: inventory, request: 'one', ...said })
}

describe('watch', () => {
  it('prints what is there, then what changes, soon after it has happened', async () => {
    const desk = await deskWith()
    const ended = desk.run('watch')
    await desk.clock.advance(3_000)
    expect(desk.printed()).toBe(`${at}0.000Z  1 instance\n${at}0.000Z  ${inventory}  closed\n`)
    await open(desk)
    await desk.clock.advance(50)
    expect(desk.printed()).toBe(`${at}3.050Z  ${inventory}  closed, forced open for 9m 59s by ann: down\n`)
    await desk.clock.advance(2_000)
    expect(desk.printed()).toBe('')
    desk.end()
    expect(await ended).toBe(0)
    expect(desk.clock.pending).toBe(0)
  })

  it('prints a line of JSON for each change', async () => {
    const desk = await deskWith()
    const ended = desk.run('watch', '--json')
    await desk.clock.settle()
    desk.printed()
    await open(desk)
    await desk.clock.advance(50)
    expect(JSON.parse(desk.printed())).toEqual({
      at: `${at}0.050Z`,
      type: 'circuit',
      name: inventory,
      id: inventory,
      state: 'closed',
      remainingMs: 0,
      openings: 0,
      override: { state: 'open', remainingMs: 599_950, by: 'ann', why: 'down' },
      problem: null,
    })
    desk.end()
    await ended
  })

  it('draws a table over the one before on a terminal, every second, as far as it fits', async () => {
    const desk = await deskWith({ columns: 40, rows: 4 })
    const ended = desk.run('watch')
    await desk.clock.settle()
    const first = desk.printed()
    expect(first).toBe('\u001B[H1 instance\u001B[K\n\u001B[K\nand more\u001B[K\n\u001B[J')
    await desk.clock.advance(1_000)
    expect(desk.printed()).toBe(first)
    desk.end()
    await ended
  })

  it('goes on without a connection, and ends where it is not allowed any more', async () => {
    const desk = await deskWith()
    let failure: StoreFailure | undefined
    const server = desk.server.connect()
    const cut = new Desk({
      connect: () => ({
        open: (listener) => server.open(listener),
        send: (requests) =>
          failure === undefined
            ? server.send(requests)
            : Promise.resolve(requests.map(() => failure as never)),
        close: () => server.close(),
      }),
    })
    const ended = cut.run('watch')
    await cut.clock.settle()
    cut.printed()
    failure = { type: 'failure', reason: 'unreachable', message: 'gone' }
    await cut.clock.advance(2_000)
    failure = undefined
    await cut.clock.advance(1_000)
    expect(cut.printed()).toBe(`${at}1.000Z  no connection: unreachable\n${at}3.000Z  connected again\n`)
    failure = { type: 'failure', reason: 'no permission', message: 'NOPERM' }
    await cut.clock.advance(1_000)
    expect([await ended, cut.complaints]).toEqual([1, ['holdfast watch: refused: no permission (NOPERM)']])
  })
})
