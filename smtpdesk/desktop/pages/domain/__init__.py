"""Whether the domain of a profile's sender is trusted, and the records to publish."""
