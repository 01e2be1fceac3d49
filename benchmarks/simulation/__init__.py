"""Half a year of a great many connections, decided by the code that decides in production."""
