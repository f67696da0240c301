"""Real servers for the tests, each a context manager on free loopback ports that ends what it started by pid.

One file a server: :mod:`postfix` (accepts, refuses, delivers), :mod:`sink` (fast and silent), :mod:`scripted`
(misbehaves on command), :mod:`secret_service` (an unlocked keyring), :mod:`certificates` (an authority for TLS), and
:mod:`proc` (ports, waiting, running the command line).
"""
