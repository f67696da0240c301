"""The window, driven for real (offscreen), with a real desk behind it."""
