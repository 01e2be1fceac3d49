"""Answer whoever has a link: it is the key, and there is no login."""
