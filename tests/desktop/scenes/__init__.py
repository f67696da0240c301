"""What ``make screens`` takes pictures of: one module a page, one coroutine a state. The folder is walked."""
