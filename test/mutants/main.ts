import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Copy } from './copy.ts'
import type { Result } from './copy.ts'
import { faults as all, mistakesIn } from './faults.ts'
import type { Planted } from './planted.ts'

/**
 * Plants each fault in a copy of the repository and expects its tests to turn red, and each property to turn red for
 * some fault. With an argument: only the faults whose description contains it.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const [wanted = ''] = process.argv.slice(2)
const faults = all.filter(({ fault }) => fault.includes(wanted))
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

type Verdict = 'caught' | 'SURVIVED' | 'broke the run'

const isProperty = (file: string): boolean => file.endsWith('.properties.test.ts')
const named = (result: Result): string => `${result.file}: ${result.test}`

async function verdictOn(fault: Planted, copy: Copy, red: Set<string>): Promise<Verdict> {
  const path = join(copy.root, fault.file)
  const source = readFileSync(path, 'utf8')
  writeFileSync(
    path,
    source.replace(fault.from, () => fault.to),
  )
  const results = await copy.test(fault.tests.split(' '), stop.signal)
  writeFileSync(path, source)
  const failed = results.filter(({ passed }) => !passed)
  for (const each of failed) red.add(named(each))
  if (failed.length > 0) return 'caught'
  return results.length > 0 ? 'SURVIVED' : 'broke the run'
}

/** Nothing that follows means anything unless the tests are green before. */
async function propertiesOf(copy: Copy): Promise<readonly string[]> {
  const files = [...new Set(faults.flatMap(({ tests }) => tests.split(' ')))]
  const results = await copy.test(files, stop.signal)
  if (stop.signal.aborted) return []
  const silent = files.filter((file) => !results.some((each) => each.file === file))
  const failing = results.filter(({ passed }) => !passed).map(named)
  const problems = [...silent.map((file) => `no test ran in ${file}`), ...failing]
  if (problems.length > 0) throw new Error(`not green before any fault:\n${problems.join('\n')}`)
  return results.filter(({ file }) => isProperty(file)).map(named)
}

/** Each copy takes the next fault when it is done with one. */
async function plantAll(copies: readonly Copy[]): Promise<number> {
  const properties = await propertiesOf(copies[0] as Copy)
  const queue = [...faults]
  const red = new Set<string>()
  let caught = 0
  const work = async (copy: Copy): Promise<void> => {
    for (let fault = queue.shift(); fault !== undefined && !stop.signal.aborted; fault = queue.shift()) {
      const verdict = await verdictOn(fault, copy, red)
      if (verdict === 'caught') caught++
      console.log(`${verdict.padEnd(14)} ${fault.fault}`)
    }
  }
  await Promise.all(copies.map(work))
  const green = wanted === '' ? properties.filter((each) => !red.has(each)) : []
  for (const each of green) console.log(`never red      ${each}`)
  console.log(`${caught} of ${faults.length} planted faults caught, ${green.length} properties never red`)
  return caught === faults.length && green.length === 0 ? 0 : 1
}

async function main(): Promise<number> {
  const wrong = mistakesIn(root)
  for (const each of wrong) console.log(each)
  if (wrong.length > 0) return 1
  const copies = [new Copy(root), new Copy(root)]
  try {
    return await plantAll(copies)
  } finally {
    for (const copy of copies) copy.remove()
  }
}

process.exitCode = await main()
if (stop.signal.aborted) process.exitCode = 130
