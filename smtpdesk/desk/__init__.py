"""What a person can do; no Qt, no sockets of its own."""
