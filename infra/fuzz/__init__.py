"""The API under fire: thousands of requests made of its own description, right and wrong ones.

`python -m infra.fuzz` starts the local stack on moto, puts connections of every kind into it, and
lets schemathesis send what it makes up; it exits 1 for an answer that should not be.
"""
