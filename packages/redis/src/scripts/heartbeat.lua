-- Says that an instance is there, and which objects it shares. The twin of heartbeat.ts.
--
-- KEYS     1 instances n: when each was last heard; 2 objects m: when each was last named
-- ARGV     1 instance, 2 1 if it leaves, 3 after which silence an instance is there no more, then the objects
-- returns  instances, objects, 1 if an object was not added because too many are known

local idleMs, objectKeepMs, maximumObjects = 600000, 7 * dayMs, 10000
local instance, isLeaving, aliveMs = ARGV[1], ARGV[2] == '1', tonumber(ARGV[3])

local silentSince = now - aliveMs
local instances = call('ZCOUNT', KEYS[1], '(' .. text(silentSince), '+inf')
local ahead = call('ZRANGEBYSCORE', KEYS[1], '(' .. text(now), '+inf')
local heard = call('ZSCORE', KEYS[1], instance)
if heard and tonumber(heard) > silentSince then instances = instances - 1 end
if not isLeaving then instances = instances + 1 end

-- A name that far ahead was written by a clock that was wrong; its instances name it again.
local oldest, newest = now - objectKeepMs, now + objectKeepMs
local objects = call('ZCOUNT', KEYS[2], '(' .. text(oldest), '(' .. text(newest))
local named, isFull = {}, false
for each = 4, #ARGV do
  local name = ARGV[each]
  local at = not named[name] and call('ZSCORE', KEYS[2], name)
  local isKnown = named[name] or (at and tonumber(at) > oldest and tonumber(at) < newest)
  if isKnown or objects < maximumObjects then
    named[name] = true
    objects = objects + (isKnown and 0 or 1)
  else
    isFull = true
  end
end

call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(silentSince))
for _, name in ipairs(ahead) do
  call('ZADD', KEYS[1], text(now), name)
end
if isLeaving then
  call('ZREM', KEYS[1], instance)
else
  call('ZADD', KEYS[1], text(now), instance)
  call('PEXPIRE', KEYS[1], text(max(idleMs, 2 * aliveMs)))
end
call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(oldest))
call('ZREMRANGEBYSCORE', KEYS[2], text(newest), '+inf')
for name in pairs(named) do
  call('ZADD', KEYS[2], text(now), name)
end
if #ARGV > 3 then call('PEXPIRE', KEYS[2], text(objectKeepMs)) end
return { instances, objects, isFull and 1 or 0 }
