"""The only package that opens an SMTP connection: sessions, probe, transcript, and what a reply means."""
