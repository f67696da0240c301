"""Ground floor: what every package may lean on. Errors, clock, ids, paths, registry, logs, secrets, translation."""
