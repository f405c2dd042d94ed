"""ChatterBot in a virtual environment of its own: one JSON object in, one out.

Standard input: {"pairs": [[question, reply], ...], "queries": [text, ...]}.
Standard output: {"version", "build_s", "replies": [[text, ms], ...]}.
The tagger is LowercaseTagger: the default wants a spaCy model that PyPI does not have. It is read-only while it is asked, as
learning the questions themselves would spoil the answers after them.
"""

import json
import logging
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from chatterbot import ChatBot, tagging
from chatterbot.trainers import ListTrainer


def main() -> None:
    """Train on the pairs, answer the queries, measure both."""
    logging.disable(logging.WARNING)
    given = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        bot = ChatBot(
            "peer",
            database_uri=f"sqlite:///{Path(folder) / 'peer.sqlite3'}",
            tagger=tagging.LowercaseTagger,
            read_only=True,
        )
        trainer = ListTrainer(bot, show_training_progress=False)
        began = time.perf_counter()
        for pair in given["pairs"]:
            trainer.train(pair)
        build = time.perf_counter() - began
        replies = []
        bot.get_response(given["queries"][0])
        for query in given["queries"]:
            began = time.perf_counter()
            reply = bot.get_response(query)
            replies.append([str(reply.text), (time.perf_counter() - began) * 1000])
    json.dump({"version": version("chatterbot"), "build_s": build, "replies": replies}, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
