"""One campaign being prepared: recipients, message, check, send."""
