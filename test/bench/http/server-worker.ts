import type { AddressInfo } from 'node:net'
import { serverGroups } from './groups.ts'
import { keepAliveMs } from './listen.ts'

/** One server, in a process of its own: tells its port, and then the processor time that it has taken. */
const [groupName, subjectName = ''] = process.argv.slice(2)
const subject = serverGroups.find(({ name }) => name === groupName)?.subjects[subjectName]

async function start(): Promise<number> {
  const server = await subject?.serve()
  if (server === undefined) throw new Error(`no '${subjectName}' in '${groupName}'`)
  server.keepAliveTimeout = keepAliveMs
  return (server.address() as AddressInfo).port
}

function processorUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

process.on('message', (task: 'start' | 'processor') => {
  void (async () => (task === 'start' ? start() : processorUs()))()
    .then((figure) => process.send?.({ figure }))
    .catch((error: unknown) => process.send?.({ broken: String(error) }))
})
process.on('disconnect', () => process.exit())
