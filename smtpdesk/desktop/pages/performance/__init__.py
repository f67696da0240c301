"""Server performance: how each profile's server did, while it sends and over days."""
