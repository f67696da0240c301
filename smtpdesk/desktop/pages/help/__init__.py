"""Help: short pages shipped with the program; nothing is fetched."""
