"""Incidents, made on the local stack and mended by the runbook: `python -m infra.drills`."""
