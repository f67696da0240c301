"""The words of the field as frozen values and pure functions. No I/O, no library."""
