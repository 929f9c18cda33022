import { clientGroups } from './groups.ts'

/** One client, in a process of its own: makes so many calls when told to, and tells the processor time that they took. */
const [groupName, subjectName = '', url = ''] = process.argv.slice(2)
const atOnce = 8
const caller = clientGroups.find(({ name }) => name === groupName)?.subjects[subjectName]?.()

async function perform(calls: number): Promise<number> {
  const call = await caller
  if (call === undefined) throw new Error(`no '${subjectName}' in '${groupName}'`)
  let left = calls
  const inTurn = async (): Promise<void> => {
    while (left-- > 0) {
      const status = await call(url)
      if (status !== 200) throw new Error(`answered with ${status}`)
    }
  }
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: atOnce }, inTurn))
  const { user, system } = process.cpuUsage(before)
  return user + system
}

process.on('message', (calls: string) => {
  void perform(Number(calls))
    .then((figure) => process.send?.({ figure }))
    .catch((error: unknown) => process.send?.({ broken: String(error) }))
})
process.on('disconnect', () => process.exit())
