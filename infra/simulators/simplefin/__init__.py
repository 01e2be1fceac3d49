"""SimpleFIN: the protocol of https://www.simplefin.org/protocol.html, versions 1 and 2.

What the documents leave open is done as the public Bridge was seen to do it:

- `/info` says `1.0` although `version=2` is understood; without `version=2` the answer has the
  shape of version 1, and the two shapes never mix.
- A token claimed twice is 403 with the text `Forbidden (was it already claimed?)`.
- Wrong or dead credentials are 403; in version 2 with `gen.auth`, no accounts, no connections.
- A window of 90 calendar days or more is cut to the last 89, of 45 or more is only frowned upon;
  both are a `gen.api` entry on a 200.
- `pending` counts when it is there, even as `pending=0`.
- With `end-date` the balance is the one of that moment, and so is `balance-date`.
- A bank that wants its owner is `con.auth`; its accounts are still shown, as they last were.
- A pending transaction has `posted: 0` and gets another id when it posts; `pending` is absent, not
  false, from a posted one. Ids are unique within an account only.
- Numbers of money are strings.
- Data is fetched from the banks now and then (here every six hours), not with each request.
- Quotas, for all accounts and for single ones apart, over 24 hours: a warning, then the
  credentials are dead. Which code the warning has is undocumented; here it is `gen.api`.
"""
