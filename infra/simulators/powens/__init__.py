"""Powens: its HTTP interface, version 2.0 (docs.powens.com), its webview and a bank's own page.

What the documents leave open is done so:

- Requests are read strictly: unknown and missing fields, wrong types, values that do not fit what
  the connector declares, and a query that nobody documents are refused.
- A connection is one login at one bank; the field `login` names it. The password `wrong`, at
  Banque du Rivage the code 000000, is always refused, and so is the one that the bank has changed.
  The third refusal in a row locks the login (`actionNeeded`) until `/control/powens/cure`.
- A refused first login leaves no connection, a refused reconnect leaves the one that there is.
- Banks are read every six hours, or when the owner asks. A movement keeps its id from when it is
  announced (`coming`) until it is posted; `last_update` is when Powens last saw it change.
- A consent lasts 180 days. Renewing it takes a code at Caja Solana, the bank's app at Banque du
  Rivage and the bank's own page at Sparbank Lindental.
- A code is wrong three times at most, then it is the login that is refused.
"""
