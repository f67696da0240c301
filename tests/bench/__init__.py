"""Speed, measured against others in the same run. Prints ratios; asserts nothing about time."""
