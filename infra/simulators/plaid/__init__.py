"""Plaid: its HTTP interface (OpenAPI description 2020-09-14) and its Hosted Link page.

What the description leaves open is done so:

- Requests are read strictly: unknown fields, missing ones, wrong types and values outside an
  enumeration are `INVALID_REQUEST`; keys may be in headers or in the body.
- An item is one login at one bank. It is made on the page, which any browser without JavaScript
  can use. There, the password `wrong` is refused; a login whose password has changed needs `new`.
- In update mode the session ends without a public token; `update_results` chooses other shapes.
- After leaving the page, too, the owner is sent back to `completion_redirect_uri`.
- Data are fetched from the banks every six hours. A page's cursor becomes invalid when that
  happens between two pages (`TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION`).
- A pending transaction is removed when it posts, and added with another id.
- Items at European banks expire after 180 days, and are renewed in update mode.
- `/item/get` answers for an item that needs its owner, with `error` in it; the data do not.
"""
