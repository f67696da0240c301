"""SMTPDesk sends personalised e-mail campaigns from a desktop: spreadsheet in, proof of every delivery out."""

__version__ = "0.1.0"
