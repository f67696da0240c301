"""One file a command; each registers itself with ``register(app)``."""
