"""Keep what opens a bank, and count how often it is tried."""
