-- Whose rules a circuit is judged by and how it begins a new epoch; it stands in front of the scripts that change
-- circuits. The twin of rulesOf, withPolicy and entered in breaker-record.ts.
--
-- KEYS  1 circuit c, 2 reporters i, 3 failing v, 4 leases p
-- ARGV  1 id, 2 channel, 3 to 6 the claim's epoch, status, remaining time and openings, 7 policy

local sent = policyOf(ARGV[7])
local claim = {
  epoch = tonumber(ARGV[3]),
  status = tonumber(ARGV[4]),
  remainingMs = tonumber(ARGV[5]),
  openings = tonumber(ARGV[6]),
}

-- The rules by which the circuit is judged: those of the highest version that was ever sent.
local function rulesOf(circuit)
  if sent.version >= circuit.version then return sent end
  local stored = policyOf(call('HGET', KEYS[1], 'pt') or '')
  return isSound(stored) and stored or sent
end

local function put(fields, name, value)
  local count = #fields
  fields[count + 1], fields[count + 2] = name, value
end

-- Adds to the fields to be written what makes rules bind others; version 0 binds nobody.
local function bind(circuit, fields)
  if sent.version <= circuit.version then return end
  circuit.version, circuit.policy = sent.version, ARGV[7]
  put(fields, 'pv', text(sent.version))
  put(fields, 'pt', ARGV[7])
end

-- Begins a new epoch from zero, and tells all instances. Nothing may have been written before. The reporters are counted
-- where their number is not given.
local function enter(circuit, verdict, policy, reporters)
  local stored = circuit.policy or (circuit.version > 0 and call('HGET', KEYS[1], 'pt')) or ''
  reporters = reporters or call('HLEN', KEYS[2])
  if reporters == 0 then reporters = circuit.reportersBefore end
  -- A key of another type is not ours to delete.
  call('ZCARD', KEYS[3])
  call('ZCARD', KEYS[4])
  local epoch, status, openMs = text(verdict.epoch), verdict.status, verdict.openMs
  local openings, ends = text(verdict.openings), status == open and now + openMs or 0
  call('DEL', unpack(KEYS))
  call(
    'HSET', KEYS[1], 'e', epoch, 'st', text(status), 'un', text(ends), 'od', text(openMs), 'k', openings,
    'at', text(now), 'rb', text(reporters), 'pv', text(circuit.version), 'pt', stored
  )
  call('PEXPIRE', KEYS[1], text(keepMs(policy, openMs)))
  local message = { '1', ARGV[1], epoch, text(status), text(openMs), verdict.reason, openings }
  call('PUBLISH', ARGV[2], table.concat(message, '|'))
  return {
    epoch = verdict.epoch,
    status = status,
    ends = ends,
    openMs = openMs,
    openings = verdict.openings,
    version = circuit.version,
  }
end

-- A circuit that is left as it is, except for a clock that stepped back.
local function leave(circuit)
  if circuit.clamped then call('HSET', KEYS[1], 'un', text(circuit.ends)) end
  return circuit
end
