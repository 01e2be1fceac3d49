"""Visit a bank for one connection: claim it, fetch and store, settle."""
