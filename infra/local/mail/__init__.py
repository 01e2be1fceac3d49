"""SES's part: what the stack mails, and what becomes of it."""
