"""Generate replies with a Hugging Face model from a local folder.

It needs torch and transformers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    StoppingCriteriaList,
    TextIteratorStreamer,
)

from generation.protocol import ChatMessage, Finish, Request, TokenStream
from generation.serve import ServeError


class LocalModel:
    """A causal or an encoder-decoder model with its tokenizer.

    It is loaded from safetensors or GGUF. No code in the folder is run.

    If the tokenizer has a chat template, it formats all messages. Otherwise the model reads the texts of the turns, one a
    line, without the instructions. If the conversation is too long, the oldest turns are dropped.
    """

    def __init__(self, folder: Path) -> None:
        """Load the model.

        Raises:
            ServeError: The folder does not hold such a model.
        """
        folder, gguf = _find_weights(folder)
        self.name = gguf.removesuffix(".gguf") if gguf else folder.resolve().name
        given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        given |= {"gguf_file": gguf} if gguf else {}
        try:
            config = AutoConfig.from_pretrained(folder, **given)
            self._is_encoder_decoder = bool(config.is_encoder_decoder)
            kind: Any = AutoModelForSeq2SeqLM if self._is_encoder_decoder else AutoModelForCausalLM
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, **given)
            chosen = {} if gguf else {"use_safetensors": True}
            model: Any = kind.from_pretrained(folder, config=config, **chosen, **given)
        except Exception as error:  # the loaders raise many kinds of errors
            raise ServeError(f"{folder} cannot be loaded: {str(error)[:500]}") from error
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model: Any = model.to(self._device).eval()
        limits = (getattr(config, "max_position_embeddings", None), self._tokenizer.model_max_length)
        # A tokenizer without a limit reports 10 to the 30th.
        self._limit = min((int(limit) for limit in limits if limit and limit > 0), default=1 << 30)

    def write(self, request: Request, stopped: Callable[[], bool]) -> TokenStream:
        """Yield the pieces of a reply, as whole words or characters, then the Finish.

        Raises:
            ValueError: The last message alone is too long.
            RuntimeError: The model failed.
        """
        tokens = min(request.tokens, self._limit // 2)
        ids = self._fit(request.messages, self._limit if self._is_encoder_decoder else self._limit - tokens)
        over = threading.Event()
        streamer: Any = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
        made: list[Any] = []
        failed: list[Exception] = []

        def should_end(seen: Any, scores: Any, **_: Any) -> Any:
            return torch.full((seen.shape[0],), over.is_set() or stopped(), dtype=torch.bool, device=seen.device)

        def generate() -> None:
            try:
                made.append(
                    self._model.generate(
                        input_ids=ids,
                        attention_mask=torch.ones_like(ids),
                        max_new_tokens=tokens,
                        num_beams=1,
                        streamer=streamer,
                        stopping_criteria=StoppingCriteriaList([should_end]),
                        **_sampling_options(request),
                    )[0]
                )
            except Exception as error:
                failed.append(error)
            finally:
                streamer.text_queue.put(streamer.stop_signal)

        thread = threading.Thread(target=generate, name="generate", daemon=True)
        thread.start()
        try:
            for piece in streamer:
                if piece:
                    yield piece
        finally:
            over.set()
            thread.join()
        if failed:
            raise RuntimeError(str(failed[0])) from failed[0]
        # The row begins with the prompt, or with the start token of a decoder.
        written = len(made[0]) - (1 if self._is_encoder_decoder else ids.shape[1])
        last = int(made[0][-1])
        yield Finish("length" if written >= tokens and last not in self._end_ids() else "stop", ids.shape[1], written)

    def _end_ids(self) -> list[int]:
        end = self._model.generation_config.eos_token_id
        return end if isinstance(end, list) else [] if end is None else [int(end)]

    def _fit(self, messages: tuple[ChatMessage, ...], room: int) -> Any:
        """Return the token ids int64 [1, S] of as many of the last messages as fit."""
        instructions = [message for message in messages if message.role == "system"]
        turns = [message for message in messages if message.role != "system"]
        while True:
            ids = self._encode([*instructions, *turns])
            if ids.shape[1] <= room:
                return ids.to(self._device)
            if len(turns) < 3:
                raise ValueError(
                    f"the last message has {ids.shape[1]} tokens with the instruction; this model reads at most {room}"
                )
            turns = turns[2:]

    def _encode(self, messages: list[ChatMessage]) -> Any:
        if self._tokenizer.chat_template:
            given = [{"role": message.role, "content": message.content} for message in messages]
            # A control token in the text of a message is encoded as plain text.
            encoded = self._tokenizer.apply_chat_template(
                given, add_generation_prompt=True, sanitize_control_tokens=True, return_tensors="pt", return_dict=True
            )
        else:
            text = "\n".join(message.content for message in messages if message.role != "system")
            encoded = self._tokenizer(text, return_tensors="pt", split_special_tokens=True)
        return encoded["input_ids"]


def _find_weights(path: Path) -> tuple[Path, str | None]:
    """Return the folder of a model, and the name of its GGUF file if it has no safetensors.

    Raises:
        ServeError: There is no model, or there is more than one GGUF file.
    """
    if path.suffix == ".gguf" and path.is_file():
        return path.parent, path.name
    if (path / "config.json").is_file() and any(path.glob("*.safetensors")):
        return path, None
    found = sorted(file.name for file in path.glob("*.gguf")) if path.is_dir() else []
    if len(found) > 1:
        raise ServeError(f"{path} holds {len(found)} GGUF files ({', '.join(found[:5])}); name one of them.")
    if not found:
        raise ServeError(
            f"{path} holds no model; expected config.json, the files of a tokenizer, and weights as *.safetensors, or one *.gguf "
            "file. Weights in another form are not read; save them again with save_pretrained()."
        )
    return path, found[0]


def _sampling_options(request: Request) -> dict[str, Any]:
    """Return the sampling options for `generate`.

    It is empty if the model's own settings apply.
    """
    if request.temperature == 0 or request.top_p == 0:
        return {"do_sample": False}
    given = {"temperature": request.temperature, "top_p": request.top_p}
    chosen = {name: value for name, value in given.items() if value is not None}
    return {"do_sample": True, **chosen} if chosen else {}
