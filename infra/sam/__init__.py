"""The one template: read, with what its notation means."""
