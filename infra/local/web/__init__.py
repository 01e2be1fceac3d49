"""HTTP on loopback: the template's API with its routes and authorizers, and the token issuer."""
