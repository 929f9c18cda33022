import { describe, expect, it } from 'vitest'
import { Desk } from './desk.ts'

const scenario = {
  name: 'outage',
  description: 'A service is down for two seconds.',
  durationMs: 10_000,
  warmUpMs: 1_000,
  services: { stock: { serviceMs: 20 } },
  clients: {
    web: {
      to: 'stock',
      load: { kind: 'open', perSecond: 50, arrivals: 'regular' },
      pipeline: [{ kind: 'circuit-breaker' }],
    },
  },
  injections: [{ kind: 'down', target: 'stock', fromMs: 4_000, toMs: 6_000 }],
}

const files = { 'outage.json': JSON.stringify(scenario) }

/** What is printed of a run that ends well. */
async function printedBy(desk: Desk, ...args: readonly string[]): Promise<string> {
  expect([await desk.run('simulate', ...args), desk.complaints]).toEqual([0, []])
  return desk.printed()
}

/** What stands in the line that begins with a word. */
function cellsOf(lines: readonly string[], first: string): readonly string[] {
  return lines.map((line) => line.split(/ {2,}/)).find(([cell]) => cell === first) ?? []
}

describe('simulate', () => {
  it('shows what was played, what callers saw, why calls failed, and a picture', async () => {
    const lines = (await printedBy(new Desk({ files }), 'outage.json')).split('\n')
    const { web } = JSON.parse(await printedBy(new Desk({ files }), 'outage.json', '--json')).clients
    expect(lines.slice(0, 2)).toEqual([
      'outage: A service is down for two seconds.',
      'outage.json; seed 1; simulated; 10 s; the first 1 s are in no total',
    ])
    expect(cellsOf(lines, 'CLIENT')).toEqual(
      'CLIENT GOOD CALLS LATE FAILED REFUSED ATTEMPTS P50 P99'.split(' '),
    )
    const counts = [web.calls, web.late, web.failed, web.refused, web.attempts].map(String)
    const [, good, ...others] = cellsOf(lines, 'web')
    expect(good).toBe(`${(web.goodRatio * 100).toFixed(2)} %`)
    expect(others).toEqual([...counts, '20 ms', '20 ms'])
    for (const [code, count] of Object.entries(web.errors)) {
      expect(cellsOf(lines, code)).toEqual([code, 'web', String(count)])
    }
    const during = `${'·'.repeat(24)}${'█'.repeat(12)}${'·'.repeat(24)}`
    expect(cellsOf(lines, 'down-1')).toEqual(['down-1', during, '4 s to 6 s'])
    expect(cellsOf(lines, 'good')[1]).toMatch(/^█{24}▁{12}/)
    expect(cellsOf(lines, 'web circuit-breaker')[1]).toMatch(/^·{24,}█+/)
  })

  it('needs no server', async () => {
    const desk = new Desk({ files })
    await printedBy(desk, 'outage.json')
    expect(desk.connections).toEqual([])
  })

  it('takes values at paths, as JSON or as text, and the seed', async () => {
    const set = ['clients.web.load.perSecond=10', 'clients.web.load.arrivals=poisson', 'injections=[]']
    const settings = set.flatMap((each) => ['--set', each])
    const printed = await printedBy(new Desk({ files }), 'outage.json', ...settings, '--seed', '7', '--json')
    const report = JSON.parse(printed)
    expect(report).toMatchObject({ seed: 7, injections: [], clients: { web: { goodRatio: 1 } } })
    expect(report.clients.web.calls).toBeLessThan(130)
  })

  it('reads what is piped in', async () => {
    const desk = new Desk({ input: files['outage.json'] })
    expect(await printedBy(desk, '-')).toContain('\n-; seed 1;')
  })

  it('plays a scenario that comes with the program by its name', async () => {
    const printed = await printedBy(
      new Desk(),
      'down',
      '--set',
      'durationMs=1000',
      '--set',
      'injections=[]',
      '--set',
      'warmUpMs=0',
    )
    expect(printed).toMatch(/^down: .*\ndown with durationMs=1000, /)
  })

  it('says which scenario may have been meant', async () => {
    for (const [name, hint] of [
      ['dwon', '  did you mean down?'],
      ['xyzzy', expect.stringMatching(/^ {2}known are burst, .*down, /)],
    ] as const) {
      const desk = new Desk()
      expect(await desk.run('simulate', name)).toBe(2)
      expect(desk.complaints).toEqual([
        `holdfast simulate: ${name}: there is no such file, nor a scenario of that name`,
        hint,
      ])
    }
  })

  it('compares two files, of which only the first is changed', async () => {
    const [compare, set] = [
      ['--compare', 'outage.json'],
      ['--set', 'injections=[]'],
    ]
    const printed = await printedBy(new Desk({ files }), 'outage.json', ...set, ...compare)
    expect(printed).toMatch(/^A outage.json with injections=\[\]; seed 1/m)
    expect(printed).toMatch(/^web A {6}100 % .*\nweb B .*\nweb A − B {2}\+\d\S* points .*\n/m)
    expect(printed).toMatch(/^good A +█{60}  100 % to 100 %\ngood B /m)
    const json = await printedBy(new Desk({ files }), 'outage.json', ...set, ...compare, '--json')
    const reports = json
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(reports.map(({ injections }) => injections.length)).toEqual([0, 1])
    expect(reports[0].clients.web.failed).toBe(0)
    expect(reports[1].clients.web.failed).toBeGreaterThan(90)
  })

  it('writes a page', async () => {
    const desk = new Desk({ files })
    await printedBy(desk, 'outage.json', '--html', 'out.html')
    expect(desk.written.get('out.html')).toMatch(/^<!doctype html>[\s\S]*<h1>outage<\/h1>/)
  })

  it('fits the terminal, and shows how far it is', async () => {
    const desk = new Desk({ files, terminal: { columns: 60, rows: 20 }, env: { NO_COLOR: '1' } })
    const lines = (await printedBy(desk, 'outage.json')).split('\n').slice(3)
    expect(Math.max(...lines.map((line) => [...line].length))).toBe(60)
    expect(desk.shown).toHaveLength(101)
    expect(desk.shown.slice(-2)).toEqual(['outage, simulated: 100 %', ''])
  })

  it('says in one line what is wrong with a file, and ends with exit code 2', async () => {
    const cases = [
      [
        ['--set', 'clients.web.load.perSecond=many'],
        'outage.json: clients.web.load.perSecond: expected a number',
      ],
      [['--set', 'clients.web.load'], '--set must be PATH=VALUE'],
      [['--seed', '1.5'], '--seed must be a whole number from 0 on'],
      [['--compare', 'none.json'], 'none.json: the file cannot be read (ENOENT)'],
      [['--compare', 'bad.json'], 'bad.json: scenario: expected JSON'],
      [['--compare', 'outage.json', '--real'], '--compare and --real exclude each other'],
    ] as const
    for (const [args, line] of cases) {
      const desk = new Desk({ files: { ...files, 'bad.json': '{ "name":' } })
      expect(await desk.run('simulate', 'outage.json', ...args)).toBe(2)
      expect(desk.complaints[0]).toContain(`holdfast simulate: ${line}`)
      expect(desk.printed()).toBe('')
    }
  })

  it('says nothing more than where the file is wrong', async () => {
    const desk = new Desk({ files: { 'bad.json': '{}' } })
    expect(await desk.run('simulate', 'bad.json')).toBe(2)
    expect(desk.complaints).toEqual([
      expect.stringMatching(/^holdfast simulate: bad.json: \S+: expected .*$/),
    ])
  })

  it('ends with exit code 1 where the page cannot be written', async () => {
    const desk = new Desk({ files })
    expect(await desk.run('simulate', 'outage.json', '--html', 'readonly')).toBe(1)
    expect(desk.complaints).toEqual(['holdfast simulate: --html: the file cannot be written (EACCES)'])
  })

  it('shows no control characters of a file', async () => {
    const odd = JSON.stringify({ ...scenario, description: 'a\u001B[2Jb\u202E' })
    expect(await printedBy(new Desk({ files: { odd } }), 'odd')).not.toMatch(/[^\P{Cc}\n]|\u202E/u)
  })

  it('plays it with real processes too', async () => {
    const short = JSON.stringify({ ...scenario, durationMs: 1_000, warmUpMs: 0, injections: [] })
    const printed = await printedBy(new Desk({ files: { short } }), 'short', '--real', '--json')
    const reports = printed
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(reports.map(({ ground, clients }) => [ground, clients.web.good])).toEqual([
      ['simulated', 49],
      ['real', 49],
    ])
  })

  it('refuses with real processes what they cannot play', async () => {
    const desk = new Desk({ files })
    expect(
      await desk.run('simulate', 'outage.json', '--real', '--set', 'clients.web.load.perSecond=9000'),
    ).toBe(2)
    expect(desk.complaints).toEqual([
      expect.stringMatching(/^holdfast simulate: outage.json: \S+: expected .*$/),
    ])
  })
})
