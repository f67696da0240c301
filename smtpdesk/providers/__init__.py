"""Reads `resources/providers/*.toml`; holds no provider itself."""
