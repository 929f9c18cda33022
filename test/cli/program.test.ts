import { describe, expect, it } from 'vitest'
import { DeadStore, Desk } from './desk.ts'

const inventory = 'inventory/circuit-breaker'

/** The exit code, and the first line that was complained. */
async function refusal(...args: readonly string[]): Promise<readonly [number, string | undefined]> {
  const desk = new Desk()
  await desk.register(`b:${inventory}`)
  const code = await desk.run(...args)
  expect(desk.printed()).toBe('')
  return [code, desk.complaints[0]]
}

describe('what makes no sense ends with exit code 2 and one line', () => {
  const force = ['open', 'inventory', '--why', 'down'] as const

  it.each([
    [[], 'holdfast: a command is missing'],
    [['opne'], 'holdfast: there is no such command'],
    [['open', '--why', 'down'], 'holdfast open: NAME is missing'],
    [['open', '', '--why', 'down'], 'holdfast open: NAME must have 1 to 1000 characters'],
    [[...force, 'payments'], 'holdfast open: one NAME is taken, not more'],
    [['watch', 'inventory'], 'holdfast watch: no NAME is taken'],
    [['open', 'inventory'], 'holdfast open: --why "…" must be given: callers and the audit are told'],
    [['open', 'inventory', '--why', ' '], 'holdfast open: --why must be one line of 1 to 500 characters'],
    [['open', 'inventory', '--why', 'a\nb'], 'holdfast open: --why must be one line of 1 to 500 characters'],
    [[...force, '--by', ''], 'holdfast open: --by must be one line of 1 to 100 characters'],
    [[...force, '--for', 'long'], 'holdfast open: --for must be a duration such as 90s, 10m or 2h'],
    [[...force, '--for', '999ms'], 'holdfast open: --for must be from 1s to 24h'],
    [[...force, '--for', '86401s'], 'holdfast open: --for must be from 1s to 24h'],
    [[...force, '--long'], 'holdfast open: --long is not known'],
    [[...force, '--json=yes'], 'holdfast open: --json takes no value'],
    [[...force, '--prefix'], 'holdfast open: --prefix needs a value'],
    [['audit', 'inventory', '--last', '0'], 'holdfast audit: --last must be a number from 1 to 1000'],
    [['audit', 'inventory', '--last', '1001'], 'holdfast audit: --last must be a number from 1 to 1000'],
    [['clear', 'inventory'], 'holdfast clear: --why "…" must be given: callers and the audit are told'],
  ] as const)('%j', async (args, line) => {
    expect(await refusal(...args)).toEqual([2, line])
  })

  it('closed for more than an hour, but not where that is meant', async () => {
    const close = ['close', 'inventory', '--why', 'up', '--for'] as const
    expect((await refusal(...close, '3601s'))[0]).toBe(2)
    for (const args of [['1h'], ['24h', '--long']]) {
      const desk = new Desk()
      await desk.register(`b:${inventory}`)
      expect(await desk.run(...close, ...args)).toBe(0)
    }
  })

  it('a user without a name, unless one is given', async () => {
    const desk = new Desk({ user: undefined as unknown as string })
    await desk.register(`b:${inventory}`)
    expect(await desk.run(...force)).toBe(2)
    expect(await desk.run(...force, '--by', 'ann')).toBe(0)
  })

  it('with a hint where there is one', async () => {
    const desk = new Desk()
    await desk.run('opne')
    await desk.run('status', '--jsn')
    await desk.run('open')
    expect(desk.complaints.filter((_, at) => at % 2 === 1)).toEqual([
      '  did you mean holdfast open?',
      '  did you mean --json?',
      '  see holdfast open --help',
    ])
  })
})

describe('a name that nobody has registered', () => {
  it.each([
    ['open', 'inventroy', '--why', 'down'],
    ['close', 'inventroy', '--why', 'up'],
    ['shadow', 'inventroy', '--why', 'look'],
    ['clear', 'inventroy', '--why', 'enough'],
    ['audit', 'inventroy'],
    ['status', 'inventroy'],
  ])('ends %s with exit code 3', async (...args) => {
    const [code, line] = await refusal(...args)
    expect(code).toBe(3)
    expect(line).toMatch(/: no instance has registered a circuit of the name inventroy\/circuit-breaker$/)
  })

  it('is shown, cleared and looked up all the same once something was said of it', async () => {
    const desk = new Desk()
    expect(await desk.run('open', 'soon', '--why', 'not yet', '--unknown')).toBe(0)
    expect(await desk.run('shadow', 'soon', '--why', 'look')).toBe(3)
    desk.printed()
    expect(await desk.run('status', 'soon', '--json')).toBe(0)
    expect(JSON.parse(desk.printed()).circuits).toMatchObject([{ override: { state: 'open' } }])
    expect(await desk.run('clear', 'soon', '--why', 'now')).toBe(0)
    expect(await desk.run('audit', 'soon')).toBe(0)
    expect(desk.printed()).toMatch(/cleared +ann +now\n.*forced open for 15m +ann +not yet\n$/)
  })
})

describe('the server', () => {
  it.each([
    [
      'unreachable',
      'holdfast status: unreachable: the server cannot be reached: ECONNREFUSED',
      'the server cannot be reached: ECONNREFUSED',
    ],
    ['no permission', 'holdfast status: refused: no permission (WRONGPASS)', 'WRONGPASS'],
    ['not trusted', 'holdfast status: not trusted: certificate', 'certificate'],
  ] as const)('that is %s ends the program with exit code 1, and says so', async (reason, line, message) => {
    const failure = { type: 'failure', reason, message } as const
    const store = new DeadStore(failure, failure)
    const desk = new Desk({ connect: () => store })
    expect(await desk.run('status')).toBe(1)
    expect(desk.complaints).toEqual([line])
    expect(store.isClosed).toBe(true)
    expect(desk.clock.pending).toBe(0)
  })

  it('is tried twice, for a second at most', async () => {
    const once = { type: 'failure', reason: 'unreachable', message: 'it was away' } as const
    const desk = new Desk({ connect: () => new DeadStore(once) })
    let code: number | undefined
    void desk.run('status').then((ended) => (code = ended))
    await desk.clock.advance(999)
    expect(code).toBeUndefined()
    await desk.clock.advance(1)
    expect([code, desk.complaints]).toEqual([1, ['holdfast status: unreachable: it was away']])
  })
})

describe('status', () => {
  it('shows what is shared, circuits first', async () => {
    const desk = new Desk()
    await desk.register(`b:${inventory}`, 'k:inventory/bulkhead', 'r:mail/rate-limit', 'z:mail/new')
    expect(await desk.run('status')).toBe(0)
    expect(desk.printed().split('\n')).toEqual([
      '1 instance',
      '',
      'CIRCUIT                    STATE   LEFT  OPENINGS  SAID',
      'inventory/circuit-breaker  closed  -     0',
      '',
      'ALSO SHARED         KIND',
      'inventory/bulkhead  bulkhead',
      'mail/rate-limit     rate-limit',
      'mail/new            unknown',
      '',
    ])
  })

  it('says that there is nothing', async () => {
    const desk = new Desk()
    expect(await desk.run('status')).toBe(0)
    expect(desk.printed()).toBe('0 instances\nnothing is shared yet\n')
  })

  it('shows no control characters that others have written', async () => {
    const desk = new Desk()
    await desk.register(`b:${inventory}`)
    const said = { name: inventory, state: 'open', forMs: 9_000, by: '\u001B[2J', why: '\u0007' } as const
    await desk.ask({ type: 'control', id: inventory, request: 'one', ...said })
    for (const command of [['status'], ['status', '--json'], ['audit', 'inventory']]) {
      await desk.run(...command)
      expect(desk.printed()).not.toMatch(/[^\P{Cc}\n]/u)
    }
  })
})

describe('help', () => {
  it.each(['status', 'open', 'close', 'shadow', 'clear', 'audit', 'watch'])(
    'there is for %s',
    async (name) => {
      const desk = new Desk()
      expect(await desk.run(name, '--help')).toBe(0)
      const text = desk.printed()
      expect(text).toMatch(new RegExp(`^holdfast ${name} `))
      for (const word of ['--json', '--url', 'HOLDFAST_REDIS_URL', 'Exit codes']) expect(text).toContain(word)
      expect(desk.connections).toEqual([])
    },
  )

  it('lists the commands', async () => {
    const desk = new Desk()
    expect(await desk.run('--help')).toBe(0)
    expect(desk.printed()).toMatch(/^ {2}watch +shows the state/m)
  })
})
