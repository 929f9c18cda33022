-- Sets or clears an override, writes the audit, and tells all instances. The twin of control in override-record.ts.
--
-- KEYS     1 override o, 2 audit a
-- ARGV     1 id, 2 channel, 3 state, 4 for how long, 5 by whom, 6 why, 7 the circuit's name, 8 the command's own name
-- returns  epoch, state, remaining time

local auditLength, auditKeepMs = 1000, 30 * dayMs

local override = overrideAt(KEYS[1])
if override.request == ARGV[8] then return { override.epoch, override.state, overrideRemainingMs(override) } end

-- A key of another type must fail before anything is written.
call('XLEN', KEYS[2])

local state = tonumber(ARGV[3])
local forMs = state == 0 and 0 or min(tonumber(ARGV[4]), dayMs)
local epoch = max(override.epoch + 1, now)
call(
  'HSET', KEYS[1], 'oe', text(epoch), 'ov', text(state), 'ou', text(now + forMs), 'od', text(forMs),
  'by', ARGV[5], 'why', ARGV[6], 'rq', ARGV[8]
)
-- Its epoch must outlive it, or a late message of an earlier override would be news.
call('PEXPIRE', KEYS[1], text(forMs + dayMs))
call(
  'XADD', KEYS[2], 'MAXLEN', text(auditLength), '*', 'at', text(now), 'state', text(state), 'for', text(forMs),
  'by', ARGV[5], 'why', ARGV[6], 'name', ARGV[7]
)
call('PEXPIRE', KEYS[2], text(auditKeepMs))
call('PUBLISH', ARGV[2], table.concat({ '1', ARGV[1], text(epoch), text(state), text(forMs), 'override', '0' }, '|'))
return { epoch, state, forMs }
