"""Take an owner's attempt to his bank: verify, then swap."""
