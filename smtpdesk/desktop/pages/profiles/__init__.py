"""SMTP profiles: a list, the form of one, and its connection test."""
