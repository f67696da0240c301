"""The workspace on disk. `ledger` is the only writer of deliveries."""
