"""What does this error mean? Paste an answer of a mail server and read it explained."""
