import { CallMeasure } from './call-measure.ts'
import { callCases } from './cases.ts'
import { subjects } from './subject.ts'

/** One case of one subject, in a process of its own: does what it is told over IPC. */
export type Task = 'prepare' | 'slice' | 'bytes' | 'verify'
/** A number, or in words why there is none. */
export type Reply = { readonly figure: number } | { readonly missing: string } | { readonly broken: string }

const [subjectName = '', caseName = ''] = process.argv.slice(2)
let measure: CallMeasure | undefined

async function prepare(): Promise<Reply> {
  const measured = callCases.find(({ name }) => name === caseName)
  const loaded = await subjects[subjectName]?.()
  const factory = loaded?.subject[caseName]
  if (measured === undefined || factory === undefined) return { missing: '–' }
  if (typeof factory === 'string') return { missing: factory }
  measure = new CallMeasure(measured, await factory())
  await measure.verify(subjectName === 'bare')
  await measure.warmUp()
  return { figure: 0 }
}

async function perform(task: Task): Promise<Reply> {
  if (task === 'prepare') return prepare()
  if (measure === undefined) return { broken: 'not prepared' }
  if (task === 'slice') return { figure: await measure.slice() }
  if (task === 'bytes') return { figure: await measure.bytes() }
  await measure.verify(subjectName === 'bare')
  return { figure: 0 }
}

process.on('message', (task: Task) => {
  void perform(task)
    .catch((error: unknown): Reply => ({ broken: String(error) }))
    .then((reply) => process.send?.(reply))
})
process.on('disconnect', () => process.exit())
