#!/usr/bin/env python3
"""sentence_reference.py MODEL > MODEL/golden/edits.json - a sentence-transformers
folder with a file changed, as sentence-transformers reads it.
tests/encoder/test_sentence_edits.c compares with it.

Made with sentence-transformers 6.2.0, transformers 5.24.0, torch 2.15.0."""

import json
import logging
import os
import shutil
import sys
import tempfile
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
from sentence_transformers import SentenceTransformer  # noqa: E402

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

TEXTS = ["The cat sat on the mat, and the dog too.", "Der Hund und the man."]
BERT = "sentence_bert_config.json"
MAIN = "config_sentence_transformers.json"
POOL = "1_Pooling/config.json"
MODULES = "modules.json"
PLAIN = [
    {"name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
]


def bert(**kw):
    return {BERT: kw}


def main(**kw):
    return {MAIN: kw}


def text(**kw):
    return bert(processing_kwargs={"text": kw})


CASES = {
    "as it is": {},
    "truncate_dim, kept as long as it is": main(truncate_dim=8),
    "truncate_dim of the whole": main(truncate_dim=20),
    "truncate_dim beyond it": main(truncate_dim=99),
    "tokenizer_args": bert(tokenizer_args={"do_lower_case": False}),
    "processor_kwargs": bert(processor_kwargs={"model_max_length": 8}),
    "tokenizer_args over max_seq_length": bert(
        max_seq_length=12, tokenizer_args={"model_max_length": 6}
    ),
    "truncation_side": bert(
        max_seq_length=6, tokenizer_args={"truncation_side": "left"}
    ),
    "old names win": bert(
        tokenizer_args={"do_lower_case": False},
        processor_kwargs={"model_max_length": 6},
    ),
    "max_length": text(max_length=6, truncation=True),
    "max_length over max_seq_length": {
        BERT: {
            "max_seq_length": 4,
            "processing_kwargs": {"text": {"max_length": 6}},
        }
    },
    "common over text": bert(
        processing_kwargs={"common": {"max_length": 6}, "text": {"max_length": 9}}
    ),
    "no truncation": {
        BERT: {
            "max_seq_length": 6,
            "processing_kwargs": {"text": {"truncation": False}},
        }
    },
    "no special tokens": text(add_special_tokens=False),
    "no special tokens, five of the others": {
        BERT: {
            "max_seq_length": 5,
            "processing_kwargs": {"text": {"add_special_tokens": False}},
        }
    },
    "config_args": bert(config_args={"num_hidden_layers": 1}),
    "config_kwargs": bert(config_kwargs={"hidden_act": "relu", "layer_norm_eps": 0.1}),
    "max_seq_length 0": bert(max_seq_length=0),
    "max_seq_length 1": bert(max_seq_length=1),
    "max_seq_length 3": bert(max_seq_length=3),
    "query_length, document_length": bert(query_length=4, document_length=5),
    "an empty file, then an older name": {
        BERT: {},
        "sentence_roberta_config.json": {"max_seq_length": 5},
    },
    "harmless keys": bert(
        unpad_inputs=False,
        transformer_task="feature-extraction",
        modality_config={
            "text": {"method": "forward", "method_output_name": "last_hidden_state"}
        },
        module_output_name="token_embeddings",
        model_args={"torch_dtype": "float32", "attn_implementation": "eager"},
        query_expansion=None,
    ),
    "modes as numbers, a wrong size": {
        POOL: {
            "word_embedding_dimension": 5,
            "pooling_mode_cls_token": 1,
            "pooling_mode_mean_tokens": 0,
        }
    },
    "paths with dots": {
        MODULES: [
            {**PLAIN[0], "path": "."},
            {**PLAIN[1], "path": "./1_Pooling/"},
        ]
    },
    "a second Pooling": {
        MODULES: PLAIN
        + [
            {"name": "2", "path": "3", "type": "sentence_transformers.models.Normalize"},
            {**PLAIN[1], "name": "3"},
        ]
    },
    "the encoder in a folder": {MODULES: [{**PLAIN[0], "path": "0_Transformer"}, PLAIN[1]]},
    "a default prompt that is always there": main(default_prompt_name="query", prompts={}),
    "a default prompt": main(default_prompt_name="query", prompts={"query": "find: "}),
    "the prompt left out, as a number, no special tokens": {
        MAIN: {"default_prompt_name": "query", "prompts": {"query": "find: "}},
        POOL: {"pooling_mode": "mean", "include_prompt": 0},
        **text(add_special_tokens=False),
    },
    "dot": {MODULES: PLAIN, **main(similarity_fn_name="dot")},
    "euclidean": {MODULES: PLAIN, **main(similarity_fn_name="euclidean")},
    "manhattan": {MODULES: PLAIN, **main(similarity_fn_name="manhattan")},
    "cosine": {MODULES: PLAIN, **main(similarity_fn_name="cosine")},
    "no similarity": {MODULES: PLAIN, **main(similarity_fn_name=None)},
    "dot, cut": main(similarity_fn_name="dot", truncate_dim=8),
    "euclidean, cut": main(similarity_fn_name="euclidean", truncate_dim=8),
    "manhattan of unit vectors": main(similarity_fn_name="manhattan"),
}
# Pooling wants its size; berth knows it.
for files in CASES.values():
    if POOL in files:
        files[POOL].setdefault("word_embedding_dimension", 32)


def make(model, files, folder):
    shutil.copytree(
        model, folder, ignore=shutil.ignore_patterns("golden"), dirs_exist_ok=True
    )
    if any(m.get("path") == "0_Transformer" for m in files.get(MODULES, [])):
        os.mkdir(folder + "/0_Transformer")
        for name in os.listdir(model):
            if os.path.isfile(folder + "/" + name) and name not in (MODULES, MAIN):
                shutil.move(folder + "/" + name, folder + "/0_Transformer/" + name)
    for name, content in files.items():
        with open(folder + "/" + name, "w") as f:
            json.dump(content, f)


def flat(x):
    """Numbers to 7 digits, as exact as the bounds need."""
    return [float(f"{v:.7g}") for v in x.reshape(-1).tolist()]


def run(model, files):
    with tempfile.TemporaryDirectory() as folder:
        make(model, files, folder)
        st = SentenceTransformer(folder, device="cpu")
        vectors = st.encode(TEXTS)
        out = {"files": files, "vector": flat(vectors[0])}
        if "query_length" in files.get(BERT, {}):
            out["query"] = flat(st.encode_query(TEXTS[0]))
            out["document"] = flat(st.encode_document(TEXTS[0]))
        out["similarity"] = flat(st.similarity_pairwise(vectors[:1], vectors[1:]))[0]
        return out


lines = [json.dumps(k) + ": " + json.dumps(run(sys.argv[1], v)) for k, v in CASES.items()]
print('{"texts": ' + json.dumps(TEXTS) + ',\n"cases": {\n' + ",\n".join(lines) + "\n}}")
