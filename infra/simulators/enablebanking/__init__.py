"""Enable Banking: the API of its OpenAPI description 1.0.0, with banks behind it.

What the description leaves open is done as its users report it of the real service:

- The application's token is checked to the letter: header, issuer, audience, times, signature.
- `/aspsps` is a catalogue of its own; a consent is asked for at most as long as a bank allows, to
  the second.
- The hosted page takes any login; its name chooses what goes wrong. The redirect brings `code` and
  `state`, or `error`, `error_description` and `state`. A code is good once, and for ten minutes.
- Accounts get another `uid` with each session and keep their `identification_hash`. Only
  `POST /sessions` describes them; `GET /sessions/{id}` names uids and hashes.
- A new session leaves the older ones alone.
- Without `Psu-*` headers a bank serves four reads a day for each account and endpoint, pages of a
  list aside; the fifth is 429 without a time. A bank that requires some of these headers wants all
  of those or none.
- History older than 90 days is served in the hour after the owner's proof only; later the period is
  refused with 422, or cut where `strategy=longest` leaves the choice to the service.
- `entry_reference` lasts, and pending movements have none.
"""
