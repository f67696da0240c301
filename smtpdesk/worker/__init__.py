"""The headless process that sends: commands in and events out as JSON lines; starts from the ledger alone."""
