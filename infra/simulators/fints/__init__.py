"""FinTS 3.0 with PIN/TAN: a German bank's server, `POST` of Base64 on one address.

From "FinTS 3.0 Formals", "Security: Sicherheitsverfahren PIN/TAN" and "Messages", and from recorded
answers of banks where these leave things open. It is stricter than banks are: sizes, numbers,
references, the order of segments and the fit of signature and method are all checked.

- `message`     the syntax: reading a request, writing an answer
- `envelope`    what a request's frame must look like
- `parameters`  what the bank tells of itself (BPD) and of a user (UPD)
- `procedures`  TAN methods and devices, and what has been asked for
- `dialog`      a dialog: its opening, its orders, its end
- `statements`  balances and movements (HISAL, MT940, camt.052)
- `bank`        the service, its logins, its switches

A login's user name chooses its trouble. The PIN is `24680`; where the trouble is `pin-changed`,
its owner has made it `13579` when the trouble begins.
"""
