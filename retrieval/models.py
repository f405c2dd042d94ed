"""Open a trained matching model, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from data import artifact, paths
from data.artifact import ArtifactError
from retrieval.scorer import Scorer

NAMES = ("dssm", "cdssm", "arc1", "drmm")
"""The matching models there are; the model of paraphrases beside them ranks phrasings of a question, not replies."""

PARAPHRASE = "paraphrase"


def open_model(folder: Path, weight: Callable[[str], float]) -> Scorer:
    """Open the model in an artifact folder.

    Args:
        weight: Returns the inverse document frequency of a word, which DRMM needs.

    Raises:
        ArtifactError: There is no matching model, or it is damaged.
    """
    # Only the model that is asked for is imported.
    match artifact.open(folder).manifest.config.get("model"):
        case "dssm":
            from retrieval.dssm.infer import DSSM

            return DSSM(folder)
        case "cdssm":
            from retrieval.cdssm.infer import CDSSM

            return CDSSM(folder)
        case "arc1":
            from retrieval.arc1.infer import ARC1

            return ARC1(folder)
        case "drmm":
            from retrieval.drmm.infer import DRMM
            from retrieval.word_similarity import WordSimilarity

            return DRMM(folder, WordSimilarity(paths.artifacts_dir() / "words").vector, weight)
        case "paraphrase":
            from retrieval.paraphrase.infer import Paraphrase
            from retrieval.word_similarity import WordSimilarity

            return Paraphrase(folder, WordSimilarity(paths.artifacts_dir() / "words"))
        case other:
            raise ArtifactError(
                f"{folder} holds {other or 'no matching model'}; expected one of {', '.join((*NAMES, PARAPHRASE))}."
            )
