"""The sandbox: what the built-in server kept, and how it behaves."""
