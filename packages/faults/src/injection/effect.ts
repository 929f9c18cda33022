import { sleep } from '@holdfast/core'
import type { Call, Operation } from '@holdfast/core'
import { sampler } from '../draw-from.ts'
import { FaultError } from './fault-error.ts'
import type { Corruption, Failure, Fault } from './fault.ts'

/** Runs an operation as a fault has it. Says, once and when it is so, that the fault has done something. */
export type Effect = (call: Call, operation: Operation, strike: () => void) => unknown

/** What `fault` does to an operation; `policy` is the part that speaks in errors. */
export function effectOf(fault: Fault & { readonly id: string }, policy: string): Effect {
  switch (fault.kind) {
    case 'latency': {
      const draw = sampler(fault.ms)
      return async (call, operation, strike) => {
        strike()
        await sleep(call, draw(call.random))
        return operation(call)
      }
    }
    case 'failure':
      return (call, _operation, strike) => {
        strike()
        throw errorOf(fault, policy, call)
      }
    case 'hang':
      return (call, _operation, strike) => {
        strike()
        return new Promise((_resolve, reject) => void call.onCancel(reject))
      }
    case 'corruption':
      return async (call, operation, strike) => {
        const value = await operation(call)
        strike()
        return corrupted(fault, value, call)
      }
  }
}

function errorOf(fault: Failure & { readonly id: string }, policy: string, call: Call): unknown {
  const { id, code, status, error } = fault
  if (error !== undefined) return error(call)
  return new FaultError(`${policy}: ${id} was injected`, { policy, key: call.key, fault: id, code, status })
}

function corrupted({ value: instead }: Corruption, value: unknown, call: Call): unknown {
  return typeof instead === 'function' ? instead(value, call) : instead
}
