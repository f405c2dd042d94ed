"""Find tables among the lines of a PDF page: rows whose pieces stand below each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.documents.headings import join_lines
from data.documents.pdf_lines import Piece
from data.text.clean import clean

_LOOK_BACK = 7
_MOST_COLUMNS = 12


@dataclass(frozen=True)
class Part:
    """Lines of text, or the rows of a table."""

    lines: tuple[tuple[Piece, ...], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def find_tables(lines: Sequence[Sequence[Piece]]) -> list[Part]:
    """Return the lines of a page, in order, as parts: text, and tables."""
    groups = _group_rows(lines)
    parts: list[Part] = []
    text: list[tuple[Piece, ...]] = []
    place = 0
    while place < len(groups):
        end = place
        while end < len(groups) and len(_list_columns(groups[end])) >= 2:
            end += 1
        rows = _build_rows(groups[place:end]) if end - place >= 2 else ()
        if rows:
            if text:
                parts.append(Part(tuple(text)))
                text = []
            parts.append(Part(rows=rows))
            place = end
        else:
            for group in groups[place : max(end, place + 1)]:
                text += group
            place = max(end, place + 1)
    if text:
        parts.append(Part(tuple(text)))
    return parts


def _group_rows(lines: Sequence[Sequence[Piece]]) -> list[list[tuple[Piece, ...]]]:
    """Return the lines in groups: those that stand beside each other, although the file names them one after the other."""
    groups: list[list[tuple[Piece, ...]]] = []
    for line in lines:
        beside = None
        for back in range(1, min(_LOOK_BACK, len(groups)) + 1):
            if _stands_beside(line, groups[-back]):
                beside = back
        if beside is None:
            groups.append([tuple(line)])
        else:
            merged = [each for group in groups[-beside:] for each in group]
            groups[-beside:] = [[*merged, tuple(line)]]
    return groups


def _stands_beside(line: Sequence[Piece], group: Sequence[Sequence[Piece]]) -> bool:
    middle = line[0].middle
    others = [piece for each in group for piece in each]
    within = any(piece.bottom <= middle <= piece.top for piece in others)
    right = max(piece.right for piece in others if piece.bottom <= middle <= piece.top) if within else 0.0
    return within and line[0].left > right


def _list_columns(group: Sequence[Sequence[Piece]]) -> list[float]:
    """Return where the columns of a row begin: the left edges of its pieces, those nearly the same once."""
    edges: list[float] = []
    for piece in sorted((piece for line in group for piece in line), key=lambda piece: piece.left):
        if not edges or piece.left - edges[-1] > 1.5 * piece.size:
            edges.append(piece.left)
    return edges


def _build_rows(groups: Sequence[Sequence[Sequence[Piece]]]) -> tuple[tuple[str, ...], ...]:
    """Return the cells of rows whose pieces stand in the same columns; nothing where they do not."""
    spans = _find_columns([piece for group in groups for line in group for piece in line])
    if not 2 <= len(spans) <= _MOST_COLUMNS:
        return ()
    rows = []
    for group in groups:
        cells = [""] * len(spans)
        for line in group:
            for piece in line:
                column = max(range(len(spans)), key=lambda place: _overlap(piece, spans[place]))
                cells[column] = join_lines(cells[column], piece.text)
        rows.append(tuple(clean(cell.replace("\ufffe", "")) for cell in cells))
    filled = sum(bool(cell) for row in rows for cell in row)
    return tuple(rows) if filled >= 0.6 * len(rows) * len(spans) else ()


def _find_columns(pieces: Sequence[Piece]) -> list[tuple[float, float]]:
    """Return from where to where each column reaches: pieces that overlap are in one."""
    spans: list[tuple[float, float]] = []
    for piece in sorted(pieces, key=lambda piece: piece.left):
        if spans and piece.left < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], piece.right))
        else:
            spans.append((piece.left, piece.right))
    return spans


def _overlap(piece: Piece, span: tuple[float, float]) -> float:
    return min(piece.right, span[1]) - max(piece.left, span[0])
