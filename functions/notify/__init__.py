"""Tell owners: the stream's transitions become notifications and mail."""
