-- Lists what is shared; changes nothing. The twin of registry in heartbeat.ts.
--
-- KEYS     1 a key on the same node that is never there: a server takes a script to write to its keys, and operators may
--          not write these
-- ARGV     1 instances n, 2 objects m, 3 after which silence an instance is there no more
-- returns  instances, the names of the objects

local objectKeepMs, maximumObjects = 7 * dayMs, 10000
local oldest, newest = '(' .. text(now - objectKeepMs), '(' .. text(now + objectKeepMs)
return {
  call('ZCOUNT', ARGV[1], '(' .. text(now - tonumber(ARGV[3])), '+inf'),
  call('ZRANGEBYSCORE', ARGV[2], oldest, newest, 'LIMIT', 0, maximumObjects),
}
