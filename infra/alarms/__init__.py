"""CloudWatch's part, as far as the template asks for it: log lines to metrics to alarms.

No emulator reads JSON filter patterns or evaluates alarms as AWS does, so the tests that fire each
alarm do it here: `patterns` finds lines, `metrics` counts them, `evaluation` judges the counts.
"""
