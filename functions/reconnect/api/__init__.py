"""Answer the host app: what an owner may ask and have done with his token."""
