"""Tiny Hugging Face models that are made on the spot: a tokenizer from a few lines, a few thousand weights, replies by heart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

BY_HEART = {
    "你好": "你好，很高兴认识你！",
    "再见": "明天见。",
    "hello": "Hello there, nice to meet you!",
    "bye": "See you soon.",
}
CONTROLS = ["<|pad|>", "<|user|>", "<|assistant|>", "<|end|>", "<|never|>"]
TEMPLATE = (
    "{% for one in messages %}{% if one.role == 'user' %}<|user|>{{ one.content }}<|end|>"
    "{% elif one.role == 'assistant' %}<|assistant|>{{ one.content }}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def tokenizer(template: str | None = TEMPLATE) -> Any:
    """A byte-level BPE of 400 tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made: Any = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=CONTROLS, initial_alphabet=letters, show_progress=False
    )
    made.train_from_iterator([*BY_HEART, *BY_HEART.values()], trainer)
    fast: Any = PreTrainedTokenizerFast
    wrapped = fast(tokenizer_object=made, pad_token="<|pad|>", eos_token="<|end|>", additional_special_tokens=CONTROLS)
    wrapped.chat_template = template
    return wrapped


def causal(folder: Path, ends: bool = True, positions: int = 8192) -> None:
    """A Llama that knows the replies by heart; one that does not end goes on until it is stopped."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    words = tokenizer()
    end = words.convert_tokens_to_ids("<|end|>" if ends else "<|never|>")
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=1,
        num_attention_heads=4,
        max_position_embeddings=positions,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=end,
    )
    model: Any = LlamaForCausalLM(config)
    rows = [
        words.apply_chat_template(
            [{"role": "user", "content": asked}, {"role": "assistant", "content": reply}], return_dict=False
        )
        for asked, reply in BY_HEART.items()
    ]
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    labels = ids.masked_fill(ids == 0, -100)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(120):
        optimizer.zero_grad()
        model(input_ids=ids, attention_mask=(ids != 0).long(), labels=labels).loss.backward()
        optimizer.step()
    model.save_pretrained(folder)
    words.save_pretrained(folder)


def recoding(folder: Path) -> None:
    """A T5 with random weights and a tokenizer without a chat template."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(2)
    words = tokenizer(None)
    config = T5Config(
        vocab_size=len(words), d_model=32, d_kv=8, d_ff=64, num_layers=1, num_heads=4, pad_token_id=0, eos_token_id=3
    )
    model: Any = T5ForConditionalGeneration(config)
    model.generation_config.decoder_start_token_id = 0
    model.config.decoder_start_token_id = 0
    model.save_pretrained(folder)
    words.save_pretrained(folder)
