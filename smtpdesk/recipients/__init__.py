"""Any spreadsheet to clean recipients; one file a format."""
