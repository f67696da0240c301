"""The Qt window; one folder a page."""
