"""Keep bank connections alive: the application, free of Lambda events."""
