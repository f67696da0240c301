"""Mail servers of other makers, as people have them: Exim, OpenSMTPD, Sendmail and Haraka, each on loopback.

``packaging/foreign-servers.sh`` brings them; each hands on what it took to a smtp-sink, so that a test sees what would
leave for the world. ``running(name, …)`` starts one.
"""
