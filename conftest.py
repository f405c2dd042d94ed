"""What pytest may collect: doctests live in the code, and code that needs torch is left out where there is none."""

from importlib.util import find_spec

TRAINING = [  # files that need the extra `train`
    "data/training/*",
    "retrieval/matcher_training.py",
    "retrieval/train.py",
    "retrieval/word_vector_training.py",
    "generation/local.py",
    "vqa/answer/compare.py",
    "vqa/answer/ngram_baseline.py",
    "vqa/checkpoint_keys.py",
    *(
        f"vqa/encoder/{name}.py"
        for name in (
            "alexnet",
            "backbone",
            "densenet",
            "distillation",
            "distillation_data",
            "efficientnet_lite",
            "imagenet",
            "layers",
            "mobilenet",
            "probe",
            "resnet",
        )
    ),
    "tests/vqa/encoder/fake_teacher.py",
    "*/net.py",
    "*/ship.py",
    "*/train.py",
]

collect_ignore_glob = ["data/files/*", *([] if find_spec("torch") else TRAINING)]
