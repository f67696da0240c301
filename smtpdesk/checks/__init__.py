"""Says what is wrong before it is sent; one file a check."""
