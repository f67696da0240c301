"""Plan, claim, pace, retry, record: decides what is sent when. Knows no library, states its ports as Protocols."""
