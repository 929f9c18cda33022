import { setTimeout as wait } from 'node:timers/promises'
import { stock } from './client.ts'
import { StockService } from './service.ts'
import { chapter, healths } from './story.ts'
import type { Chapter } from './story.ts'

const [primary, standby] = [new StockService('primary'), new StockService('standby')]
const origin = await primary.listen()
const dispatcher = stock(origin, await standby.listen())

function line(...cells: readonly (string | number)[]): string {
  return cells
    .map((cell) => String(cell).padEnd(16))
    .join('')
    .trimEnd()
}

function figures({ health, answered, failed, asked, slowestMs }: Chapter): string {
  const { primary: byPrimary = 0, standby: byStandby = 0 } = answered
  return line(health, byPrimary, byStandby, failed, asked, `${Math.round(slowestMs)} ms`)
}

console.log(`Somebody asks for stock by undici, always at the address of the primary. The interceptor goes on to the
standby when the primary is not well:
`)
console.log(line('the primary is', 'answered', 'standby', 'failed', 'was asked', 'slowest'))
for (const health of healths) {
  console.log(figures(await chapter(health, dispatcher, origin, primary)))
  if (health === 'silent') await wait(1_500)
}
console.log(`
Nothing fails: a read that the primary does not answer is answered by the standby. After two failures in a row
the primary is ejected, and hardly asked until it is well again and has its share back.`)
await dispatcher.close()
primary.close()
standby.close()
