"""What it costs and how fast it is: counted at the client, measured beside a baseline."""
