"""Sync connections: the clock's dispatch and the worker that calls the banks."""
