"""Visit many banks at once, sparing those that are down."""
