"""Damaged logs of every kind: read, rejected by line or refused, never a crash or a silent loss.

Run: pytest tests/data/formats/test_log_fuzz.py; KANLIAO_FUZZ=2000 tries that many of each file.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.formats.logs import ByteRange, FormatError, RejectedRow, SpeakerError, find_speakers, read_log, recognise_log

FOLDERS = [Path(__file__).parent / name for name in ("log_cases", "log_variants")]
FILES = sorted(path for folder in FOLDERS for path in folder.iterdir())
EXAMPLES = int(os.environ.get("KANLIAO_FUZZ", "8"))
MAX_SENTENCE = 2_000
PIECES = st.sampled_from(
    [b"", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b"\n", b"\r\n", b"\t", b":", b"null", b"1e999", b"-1", b'"\\ud800"',
     b"\xff\xfe", "：".encode(),
     b'{"messages": 3}', b"[[[[", b"user", b"\xef\xbb\xbf", "访客".encode(), b"'); --", b"NaN", b"<p>", b"0" * 400]
)  # fmt: skip


@st.composite
def mutations(draw: st.DrawFn) -> list[tuple[int, int, bytes]]:
    """Up to six cuts, each a place and a length in thousandths of the file, and what is put there."""
    count = draw(st.integers(1, 6))
    return [
        (draw(st.integers(0, 1000)), draw(st.sampled_from([0, 0, 1, 1, 5, 40, 300])), draw(PIECES))
        for _ in range(count)
    ]


def mutate(content: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, piece in cuts:
        at = place * len(content) // 1000
        content = content[:at] + piece + content[at + -(-length * len(content) // 1000) :]
    return content


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_a_damaged_log_is_read_rejected_or_refused(tmp_path_factory: pytest.TempPathFactory, file: Path) -> None:
    path = tmp_path_factory.mktemp("fuzz") / file.name
    content = file.read_bytes()
    sentences: list[str] = []

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(mutations())
    def check(cuts: list[tuple[int, int, bytes]]) -> None:
        path.write_bytes(mutate(content, cuts))
        try:
            name = recognise_log(path)
            records = list(read_log(ByteRange(path), name, speakers=find_speakers(path, name)))
        except (FormatError, SpeakerError) as error:
            sentences.append(str(error))
            return
        for record in records:
            if isinstance(record, RejectedRow):
                assert 5 < len(record.why) < MAX_SENTENCE
                assert len(record.given) <= 80
            else:
                assert record.turns
                # No text file can hold half of a surrogate pair.
                "".join(turn.message + (turn.reply or "") for turn in record.turns).encode()

    check()
    assert all(20 < len(sentence) < MAX_SENTENCE for sentence in sentences)
