"""Describe what the function tells, as types; none is imported when it runs."""
