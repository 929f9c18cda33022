-- Stands in front of what only operators may read. A server takes a script to write to all its keys, and operators may not
-- write a circuit: the key is the audit, which is theirs and on the same node, and the circuit is read by its name.
--
-- KEYS  1 audit a
-- ARGV  1 circuit c

local audit, KEYS = KEYS[1], { ARGV[1] }
