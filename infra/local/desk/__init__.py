"""The desk: pages that show a running stack and move it."""
