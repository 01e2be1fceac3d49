"""Every letter that owners get, written about example banks: to look at, and to judge."""
