import { scaleCases } from './cases.ts'
import type { ScaleCase } from './cases.ts'
import { inFlight, keys, made, pending } from './scale-measure.ts'
import type { Figures } from './scale-measure.ts'
import { subjects } from './subject.ts'
import type { Caller } from './subject.ts'

/** One case of one subject, once, in a process of its own. */
export type ScaleReply =
  | { readonly figures: Figures }
  | { readonly missing: string }
  | { readonly broken: string }

class Missing extends Error {}

const [subjectName = '', caseName = ''] = process.argv.slice(2)

async function load(around: string): Promise<Caller> {
  const loaded = await subjects[subjectName]?.()
  const factory = loaded?.subject[around]
  if (typeof factory === 'function') return factory()
  throw new Missing(factory ?? '–')
}

async function measure({ measure: how, around, count }: ScaleCase): Promise<Figures> {
  if (how === 'made') return made(() => load(around), count)
  const call = await load(around)
  if (how === 'pending') return pending(call, count)
  return how === 'in flight' ? inFlight(call, count) : keys(call, count)
}

async function reply(): Promise<ScaleReply> {
  const scaleCase = scaleCases.find(({ name }) => name === caseName)
  if (scaleCase === undefined) return { broken: 'no such case' }
  try {
    return { figures: await measure(scaleCase) }
  } catch (error) {
    return error instanceof Missing ? { missing: error.message } : { broken: String(error) }
  }
}

process.on('unhandledRejection', (error) =>
  process.send?.({ broken: `a call rejected with ${String(error)}` }),
)
process.once('message', () => {
  void reply().then((answer) => process.send?.(answer))
})
process.on('disconnect', () => process.exit())
