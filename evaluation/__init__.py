"""Evaluate logs of any bot: what was said, whether it was right, whether a newer bot does better, what to do next.

The way of a log through the modules:

1. shards.py plans: files are cut into shards of about equal size.
2. count_shard.py counts one shard: dialog_counter.py turns each conversation into numbers, accumulators.py adds them up.
3. map_reduce.py counts all shards, here or on Dask (dask_cluster.py), and merges the accumulators.
4. report.py makes the values of report.json, metrics.py each number; html_report.py and command_line.py show them.

pipeline.py runs the four. compare_logs.py (an older log) and replay.py (the bot of today) add a comparison.

Nothing here knows the bot: it is handed in as a function (bot_reply.Answer) with the texts that say that it did not know.
"""
