"""A template and a row to the exact bytes that are sent; the preview reads those bytes back."""
