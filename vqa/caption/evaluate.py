"""How good captions are, beside the caption that is most frequent and beside that of the photo most alike."""

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
from vqa.caption.codec import tokens
from vqa.caption.infer import Captioner
from vqa.encoder.infer import Features
from vqa.encoder.store import Store

Tokens = tuple[str, ...]
Writes = Callable[[Features], Tokens]
"""What is measured: the tokens of a caption for what an encoder saw, in one language."""


@dataclass(frozen=True)
class Measured:
    """The captions, in the order of the pictures, and the measures by name: BLEU in percent, CIDEr-D 0 to 10, ROUGE-L 0 to 1."""

    captions: tuple[Tokens, ...]
    measures: Mapping[str, float]


def evaluate(writes: Writes, pictures: Sequence[CaptionedPicture], features: Store, language: Language) -> Measured:
    """The captions of these pictures in the language, measured against what people wrote.

    Pictures without captions in the language are left out; raises ValueError if none has any, StoreError if the store lacks
    one of them.
    """
    asked = [one for one in pictures if one.captions.get(language)]
    made = [writes(features.features(one.image)) for one in tqdm(asked, desc=f"captions {language}", mininterval=1.0)]
    return Measured(tuple(made), compared(made, asked, language))


def compared(made: Sequence[Tokens], pictures: Sequence[CaptionedPicture], language: Language) -> dict[str, float]:
    """The measures of captions against those people wrote of the pictures. Raises ValueError for none.

    All are cut into tokens by the codec's rule, without punctuation: Chinese counts characters.
    """
    wanted = [[tokens(caption, language) for caption in one.captions[language]] for one in pictures]
    bleu = caption_bleu(made, wanted)
    people = [len(caption) for captions in wanted for caption in captions]
    return {
        **{f"BLEU-{order}": score for order, score in enumerate(bleu, 1)},
        "CIDEr-D": cider(made, wanted),
        "ROUGE-L": sum(caption_rouge_l(one, others) for one, others in zip(made, wanted, strict=True)) / len(made),
        "length": sum(map(len, made)) / len(made),
        "length of people": sum(people) / len(people),
        "different captions": len(set(made)) / len(made),
    }


def best_of(captioner: Captioner, language: Language, wish: DecodingConfig | None = None) -> Writes:
    """The first caption of a captioner; no tokens where it finds none."""

    def write(features: Features) -> Tokens:
        found = captioner.captions(features, language, wish)
        return found[0].tokens if found else ()

    return write


def most_frequent(examples: Sequence[CaptionedPicture], language: Language) -> Writes:
    """The baseline that sees nothing: the caption that people wrote most often. Raises ValueError if they wrote none."""
    counts = Counter(tokens(text, language) for one in examples for text in one.captions.get(language, ()))
    if not counts:
        raise ValueError(f"there are no captions in {language} among {len(examples)} pictures")
    most = min(counts, key=lambda cut: (-counts[cut], cut))
    return lambda _: most


def of_nearest(examples: Sequence[CaptionedPicture], features: Store, language: Language) -> Writes:
    """The baseline that only looks up: the caption of the photo whose pooled features have the highest cosine.

    Of its captions the one that is most like the others is taken, by ROUGE-L (Devlin et al. 2015, Exploring Nearest
    Neighbor Approaches for Image Captioning, section 3.2, of one neighbour). Raises ValueError if there are no captions.
    """
    told = [one for one in examples if one.captions.get(language)]
    if not told:
        raise ValueError(f"there are no captions in {language} among {len(examples)} pictures")
    vectors = features.pooled([one.image for one in told])
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)

    def write(seen: Features) -> Tokens:
        nearest = told[int((vectors @ seen.pooled).argmax())]
        cut = [tokens(text, language) for text in nearest.captions[language]]
        likeness = [sum(rouge_l(one, other) for other in cut) for one in cut]
        return cut[int(np.argmax(likeness))]

    return write
