"""The first page: the campaigns, or, while nothing was sent yet, the way to the first one."""
