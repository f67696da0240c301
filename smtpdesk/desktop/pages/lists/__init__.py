"""Lists: a table of a million rows, the import of a spreadsheet, and whom never to mail."""
