"""Bank simulators: the providers' wire protocols on loopback, with a state and with troubles.

One process serves all protocols, each below its own path prefix, and a control interface below
`/control` that no bank has. What a protocol module may rely on:

- `exchange`  a request, a reply, and the table that maps one to the other
- `world`     the simulated clock, the logins with their banks and accounts, outages, call counts
- `banking`   the banks and the accounts that a login has there
- `history`   what happened on an account, the same on every day it is asked
- `troubles`  what can go wrong with a login, from when and for how long
- `faults`    the troubles that every HTTP service can have, whatever its protocol
- `server`    threads, sockets, latency
- `control`   the switches

Nothing here knows the application, and the application knows nothing of this.
"""
