#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { text } from 'node:stream/consumers'
import { systemClock } from '@holdfast/core'
import { redisStore } from '@holdfast/redis'
import { run } from './program.ts'
import type { Surroundings } from './surroundings.ts'

const { stdout, stderr, env, argv } = process
const end = new AbortController()

// Nobody reads on, as after `holdfast watch | head`.
stdout.on('error', () => end.abort())

const around: Surroundings = {
  env,
  clock: systemClock,
  out: {
    isTerminal: stdout.isTTY === true,
    get columns() {
      return stdout.isTTY === true ? stdout.columns : Infinity
    },
    get rows() {
      return stdout.isTTY === true ? stdout.rows : Infinity
    },
    write: (text) => void stdout.write(text),
  },
  complain: (line) => void stderr.write(`${line}\n`),
  user() {
    try {
      return userInfo().username
    } catch {
      return undefined
    }
  },
  read: (path) => readFileSync(path),
  readInput: () => text(process.stdin),
  write: (path, content) => writeFileSync(path, content),
  progress: (line) => {
    if (stderr.isTTY) stderr.write(`\r${line.slice(0, stderr.columns - 1)}\u001B[K`)
  },
  connect: redisStore,
  ending() {
    process.once('SIGINT', () => end.abort())
    process.once('SIGTERM', () => end.abort())
    return end.signal
  },
}

process.exitCode = await run(argv.slice(2), around)
