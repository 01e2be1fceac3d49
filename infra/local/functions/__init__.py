"""The template's functions, warm, each invocation in a process of its own."""
