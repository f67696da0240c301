"""One numbered file a step, each an ordinary alembic revision. A released one is never changed."""
