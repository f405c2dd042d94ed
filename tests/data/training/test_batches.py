"""python -m pytest tests/data/training/test_batches.py"""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from data.training.batches import batch_by_group, batch_by_length, batch_by_tokens

ROOT = Path(__file__).parent.parent.parent.parent


def test_batches_hold_every_example_once_an_epoch_and_alike_lengths() -> None:
    lengths = [3, 90, 4, 88, 5, 2, 91, 7, 89]
    one = list(itertools.islice(batch_by_length(lengths, 2, seed=1), 10))
    assert sorted(itertools.chain(*one[:5])) == list(range(9))
    assert one[5:] != one[:5]
    assert list(itertools.islice(batch_by_length(lengths, 2, seed=1, start=3), 7)) == one[3:]
    assert list(itertools.islice(batch_by_length(lengths, 2, seed=2), 10)) != one
    spread = [abs(lengths[a] - lengths[b]) for a, b in (batch for batch in one if len(batch) == 2)]
    assert sum(gap > 5 for gap in spread) <= 2
    with pytest.raises(ValueError, match="no examples"):
        next(batch_by_length([], 2, seed=1))


def test_filled_batches_hold_so_many_target_ids_and_targets_of_one_length() -> None:
    lengths = [(3, 2), (9, 5), (4, 2), (8, 5), (1, 2), (7, 30), (2, 2), (5, 2)]
    one = list(itertools.islice(batch_by_tokens(lengths, 8, seed=1), 12))
    first = next(place for place in range(1, 9) if len(set(itertools.chain(*one[:place]))) == len(lengths))
    assert sorted(itertools.chain(*one[:first])) == list(range(8))
    assert first == 5  # four of length 2 and one more, five and five, and one that is too long alone
    for batch in one:
        targets = {lengths[number][1] for number in batch}
        assert len(targets) == 1
        assert len(batch) == 1 or sum(lengths[number][1] for number in batch) <= 8
    assert list(itertools.islice(batch_by_tokens(lengths, 8, seed=1, start=3), 9)) == one[3:]
    assert list(itertools.islice(batch_by_tokens(lengths, 8, seed=2), 12)) != one
    with pytest.raises(ValueError, match="no examples"):
        next(batch_by_tokens([], 8, seed=1))


def test_importing_training_is_what_needs_torch() -> None:
    code = "import sys; import data.training.batches, data.runtime, data.text.tokenizer; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_shuffled_batches_are_full_of_one_group_and_go_on_where_they_stopped() -> None:
    one = list(itertools.islice(batch_by_group([10, 5], 4, seed=1), 9))
    assert all(len(set(batch)) == 4 for batch in one)
    assert all(max(batch) < 10 or min(batch) >= 10 for batch in one)
    assert len(set().union(*one[:3])) == 12  # an epoch repeats nothing
    assert one[3:6] != one[:3]
    assert list(itertools.islice(batch_by_group([10, 5], 4, seed=1, start=4), 5)) == one[4:]
    assert [sorted(batch) for batch in itertools.islice(batch_by_group([3], 8, seed=1), 2)] == [[0, 1, 2]] * 2
    with pytest.raises(ValueError, match="no examples"):
        next(batch_by_group([0], 4, seed=1))
