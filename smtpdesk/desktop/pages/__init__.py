"""The pages, one package each: ``pages/<name>/page.py`` with ``PAGE`` and ``class Page`` (see shell/context.py)."""
