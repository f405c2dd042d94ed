"""Evaluate captions, beside a blind and a nearest-photo baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from data.metrics.caption_bleu import caption_bleu
from data.metrics.cider import cider
from data.metrics.rouge import caption_rouge_l, rouge_l
from data.records import CaptionedPicture, Language
from generation.search import DecodingConfig
from vqa.caption.infer import Captioner
from vqa.caption.tokenizer import tokenize
from vqa.encoder.feature_store import FeatureStore
from vqa.encoder.infer import Features

Tokens = tuple[str, ...]
CaptionSystem = Callable[[Features], Tokens]
"""A system to evaluate: it gives the tokens of a caption, in one language, for the features of a picture."""


@dataclass(frozen=True)
class CaptionScores:
    """The captions, in the order of the pictures, and their measures by name.

    BLEU is in percent, CIDEr-D 0 to 10, ROUGE-L 0 to 1.
    """

    captions: tuple[Tokens, ...]
    measures: Mapping[str, float]


def evaluate(
    system: CaptionSystem, pictures: Sequence[CaptionedPicture], features: FeatureStore, language: Language
) -> CaptionScores:
    """Caption the pictures and compare the captions with the references.

    Pictures without references in the language are skipped.

    Args:
        system: Writes a caption for features.
        pictures: The pictures with their references.
        features: Their features.
        language: The language of the captions.

    Raises:
        ValueError: No picture has a reference in the language.
        FeatureStoreError: The store lacks one of the pictures.
    """
    asked = [example for example in pictures if example.captions.get(language)]
    made = [
        system(features.load(example.image)) for example in tqdm(asked, desc=f"captions {language}", mininterval=1.0)
    ]
    return CaptionScores(tuple(made), score_captions(made, asked, language))


def score_captions(
    made: Sequence[Tokens], pictures: Sequence[CaptionedPicture], language: Language
) -> dict[str, float]:
    """Return the measures of captions against the references of the pictures.

    All captions are split by the tokenizer's rule, without punctuation; Chinese is measured by character.

    Raises:
        ValueError: There are no captions.
    """
    wanted = [[tokenize(caption, language) for caption in example.captions[language]] for example in pictures]
    bleu = caption_bleu(made, wanted)
    people = [len(caption) for captions in wanted for caption in captions]
    return {
        **{f"BLEU-{order}": score for order, score in enumerate(bleu, 1)},
        "CIDEr-D": cider(made, wanted),
        "ROUGE-L": sum(caption_rouge_l(caption, references) for caption, references in zip(made, wanted, strict=True))
        / len(made),
        "length": sum(map(len, made)) / len(made),
        "length of people": sum(people) / len(people),
        "different captions": len(set(made)) / len(made),
    }


def build_captioner_system(
    captioner: Captioner, language: Language, wish: DecodingConfig | None = None
) -> CaptionSystem:
    """Return a system that gives a captioner's best caption.

    It gives no tokens where the captioner finds none.
    """

    def write(features: Features) -> Tokens:
        found = captioner.caption(features, language, wish)
        return found[0].tokens if found else ()

    return write


def build_most_frequent_baseline(examples: Sequence[CaptionedPicture], language: Language) -> CaptionSystem:
    """Return the blind baseline: the most frequent caption of the examples.

    Raises:
        ValueError: There are no captions in the language.
    """
    counts = Counter(tokenize(text, language) for example in examples for text in example.captions.get(language, ()))
    if not counts:
        raise ValueError(f"there are no captions in {language} among {len(examples)} pictures")
    most = min(counts, key=lambda cut: (-counts[cut], cut))
    return lambda _: most


def build_nearest_baseline(
    examples: Sequence[CaptionedPicture], features: FeatureStore, language: Language
) -> CaptionSystem:
    """Return the retrieval baseline: a caption of the most similar example.

    The most similar photo is the one whose pooled features have the highest cosine. Of its captions, the one most like the others
    by ROUGE-L is taken.

    Raises:
        ValueError: There are no captions in the language.

    Source:
        Devlin et al. 2015, Exploring Nearest Neighbor Approaches for Image Captioning, section 3.2, with one neighbour.
    """
    told = [one for one in examples if one.captions.get(language)]
    if not told:
        raise ValueError(f"there are no captions in {language} among {len(examples)} pictures")
    vectors = features.load_pooled([one.image for one in told])
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)

    def write(seen: Features) -> Tokens:
        nearest = told[int((vectors @ seen.pooled).argmax())]
        cut = [tokenize(text, language) for text in nearest.captions[language]]
        likeness = [sum(rouge_l(one, other) for other in cut) for one in cut]
        return cut[int(np.argmax(likeness))]

    return write
