-- Reads the health of endpoints; changes nothing. The twin of health-look.ts.
--
-- KEYS     1 service c
-- ARGV     4 and further: endpoints. 1 to 3 are not used.
-- returns  the register's epoch, active group and panic, then of each endpoint epoch, status, remaining time, openings

local reply = { register.epoch, register.active, register.panic }
for at = 4, #ARGV do
  tell(reply, ARGV[at])
end
return reply
