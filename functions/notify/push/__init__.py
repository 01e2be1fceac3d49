"""Push to browsers: what is said, by which request, and what became of it."""
