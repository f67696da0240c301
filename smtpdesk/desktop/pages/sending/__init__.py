"""One run on show: how far it is, what went wrong and why, and what became of each person."""
