import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { jobsOf } from './page/job.ts'
import type { Job } from './page/job.ts'
import { filesFrom } from './page/page.ts'
import { playAll } from './page/play-all.ts'
import { readRecord, writeRecord } from './page/record.ts'
import type { Results } from './page/record.ts'

/**
 * Writes docs/behaviour.md and its pictures. With `--check` it writes nothing, and fails where they are not what would be
 * written; `--own` plays no more for that than our own pipelines and no policy, with one seed.
 */
const docs = new URL('../../docs/', import.meta.url)
const { values: asked } = parseArgs({ options: { check: { type: 'boolean' }, own: { type: 'boolean' } } })

process.exitCode = asked.check === true ? await check(asked.own === true) : await write()

async function write(): Promise<number> {
  const jobs = jobsOf()
  let done = 0
  const results = await playAll(jobs, (name) => console.log(`${++done} of ${jobs.length}: ${name}`))
  writeRecord(results)
  for (const [path, text] of filesFrom(results)) {
    const file = new URL(path, docs)
    mkdirSync(dirname(file.pathname), { recursive: true })
    writeFileSync(file, text)
  }
  return 0
}

async function check(ownAlone: boolean): Promise<number> {
  const recorded = readRecord()
  const jobs = jobsOf().filter((job) => !ownAlone || isOwn(job))
  const played = await playAll(jobs)
  const stale = [...changed(played, recorded), ...unlike(recorded)]
  for (const each of stale) console.log(`stale: ${each}`)
  if (stale.length > 0)
    console.log('docs/behaviour.md is stale: run pnpm behaviour, and look at what has changed')
  return stale.length > 0 ? 1 : 0
}

function isOwn({ peer, seed }: Job): boolean {
  return peer === undefined && seed === 1
}

function changed(played: Results, recorded: Results): readonly string[] {
  return [...played]
    .filter(([name, result]) => JSON.stringify(result) !== JSON.stringify(recorded.get(name)))
    .map(([name]) => name)
}

function unlike(recorded: Results): readonly string[] {
  return [...filesFrom(recorded)]
    .filter(([path, text]) => {
      const file = new URL(path, docs)
      return !existsSync(file) || readFileSync(file, 'utf8') !== text
    })
    .map(([path]) => `docs/${path}`)
}
