import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { ELDHistogram, EventLoopUtilization } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

/** How busy the process was within one window. */
export interface LoadReading {
  /** How late nine in ten turns of the event loop were at most, in milliseconds. */
  readonly eventLoopDelayMs: number
  /** For which share of the window the event loop had something to do. */
  readonly eventLoopUtilization: number
  /** Which share of the largest heap that the process may have is in use. */
  readonly heapUsedRatio: number
}

/** Measures how busy a process is, for as many as ask. */
export interface LoadSensors {
  /** Begins to measure, unless it does already. Returns how to stop; the last one stops it. */
  start(): () => void
  /** What was measured within the last whole window: the same object until there is another. */
  read(): LoadReading
}

const windowMs = 500
/** How often the delay is looked at, which is part of what is measured. */
const resolutionMs = 10

/** Of what has nothing to do. */
export const idle: LoadReading = { eventLoopDelayMs: 0, eventLoopUtilization: 0, heapUsedRatio: 0 }

/** Reads when it is asked, without a timer of its own; all that ask within a window get the same. */
class SystemSensors implements LoadSensors {
  #users = 0
  #delays: ELDHistogram | undefined
  #since = 0
  #utilization: EventLoopUtilization | undefined
  #reading = idle

  start(): () => void {
    if (this.#users++ === 0) this.#begin()
    let stopped = false
    return () => {
      if (stopped) return
      stopped = true
      if (--this.#users === 0) this.#end()
    }
  }

  /** Its timer does not keep the process alive. */
  #begin(): void {
    this.#delays = monitorEventLoopDelay({ resolution: resolutionMs })
    this.#delays.enable()
    this.#open(performance.now())
  }

  #end(): void {
    this.#delays?.disable()
    this.#delays = undefined
    this.#reading = idle
  }

  #open(now: number): void {
    this.#since = now
    this.#delays?.reset()
    this.#utilization = performance.eventLoopUtilization()
  }

  read(): LoadReading {
    const now = performance.now()
    const elapsedMs = now - this.#since
    if (this.#delays === undefined || elapsedMs < windowMs) return this.#reading
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
    this.#reading = {
      eventLoopDelayMs: delayOf(this.#delays, elapsedMs),
      eventLoopUtilization: performance.eventLoopUtilization(this.#utilization).utilization,
      heapUsedRatio: used / limit,
    }
    this.#open(now)
    return this.#reading
  }
}

/** A loop that did not turn at all in the window was late by all of it. */
function delayOf(delays: ELDHistogram, elapsedMs: number): number {
  const lateMs = delays.count === 0 ? elapsedMs : delays.percentile(90) / 1e6
  return Math.max(0, lateMs - resolutionMs)
}

/** Those of this process. */
export const systemSensors: LoadSensors = new SystemSensors()
