"""The built-in SMTP server that keeps mail as .eml files and delivers none."""
