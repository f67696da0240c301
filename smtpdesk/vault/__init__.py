"""Secrets: the OS keyring; environment or mounted file for servers; this process's memory."""
