-- Lists what is shared; changes nothing. The twin of registry in heartbeat.ts.
--
-- KEYS     1 instances n, 2 objects m
-- ARGV     1 after which silence an instance is there no more
-- returns  instances, the names of the objects

local objectKeepMs, maximumObjects = 7 * dayMs, 10000
local oldest, newest = '(' .. text(now - objectKeepMs), '(' .. text(now + objectKeepMs)
return {
  call('ZCOUNT', KEYS[1], '(' .. text(now - tonumber(ARGV[1])), '+inf'),
  call('ZRANGEBYSCORE', KEYS[2], oldest, newest, 'LIMIT', 0, maximumObjects),
}
