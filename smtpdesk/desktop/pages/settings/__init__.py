"""Settings: appearance, workspace, passwords, about."""
