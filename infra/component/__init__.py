"""The Banks component: its source, one ES module a part, and what joins them into one."""
