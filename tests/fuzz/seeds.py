#!/usr/bin/env python3
"""seeds.py FOLDER - writes the files that fuzzing begins with: FOLDER/TARGET/NAME.

The models are as small as a model can be: hidden size 4, one layer, 20 tokens;
a whole folder has 3 to 7 kB, so that a mutation is likely to mean something.
"""
import base64
import gzip
import io
import json
import math
import os
import random
import struct
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "make"))
import tensorflow_checkpoint as google

# In the order of folder_names[] in folder.h.
NAMES = [
    "TEXT", "OPTIONS", "config.json", "tokenizer.json", "tokenizer_config.json",
    "vocab.txt", "special_tokens_map.json", "added_tokens.json", "modules.json",
    "sentence_bert_config.json", "config_sentence_transformers.json",
    "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors",
    "model.safetensors", "model.safetensors.index.json", "a.safetensors",
    "b.safetensors", "2_LayerNorm/config.json", "2_LayerNorm/model.safetensors",
    "sentencepiece.bpe.model", "spiece.model", "spm.model",
    "vocab.json", "merges.txt", "bpe.codes", "bert_config.json",
    "bert_model.ckpt.index", "bert_model.ckpt.data-00000-of-00001",
    "model.gguf", "pytorch_model.bin", "2_Dense/pytorch_model.bin",
    "berth-int8.safetensors",
]
# In the order of enum folder_option.
OPTIONS = ["bits", "max_tokens", "overflow", "truncation", "overlap", "pack",
           "attention", "part", "precision", "cpu"]
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "man", "hat", "a",
         "##s", "##t", "'", "s", ".", "##b", "b", "c", "h", "é", "中"]
HIDDEN, INNER, POSITIONS = 4, 4, 8
COMMANDS = 13

rng = random.Random(1)


def options(**values):
    return bytes(values.get(name, 0) for name in OPTIONS)


def archive(files):
    out = b""
    for name, data in files.items():
        if not isinstance(data, (bytes, str)):
            data = json.dumps(data, separators=(",", ":"))
        if isinstance(data, str):
            data = data.encode()
        size = (struct.pack("<H", len(data)) if len(data) < 0xFFFF
                else b"\xff\xff" + struct.pack("<I", len(data)))
        out += bytes([NAMES.index(name)]) + size + data
    return out


def safetensors(shapes, dtype="F32"):
    header, data = {}, b""
    code = {"F32": "<f", "F16": "<e"}[dtype]
    for name, shape in shapes.items():
        n = 1
        for extent in shape:
            n *= extent
        values = b"".join(struct.pack(code, rng.uniform(-1, 1)) for _ in range(n))
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def rows_i8(shapes):
    """Matrices of layers as `berth convert --precision int8` writes them."""
    header, data = {"__metadata__": {"berth.int8": "1"}}, b""
    entries = []
    for name, shape in shapes.items():
        if "layer." in name and len(shape) == 2:
            rows, columns = shape
            q = [[rng.randrange(-127, 128) for _ in range(columns)]
                 for _ in range(rows)]
            scales = [rng.uniform(0.001, 0.01) for _ in range(rows)]
            entries += [
                (name, "I8", shape, b"".join(struct.pack("b", x)
                                             for row in q for x in row)),
                (name + "_scale", "F32", [rows, 1],
                 struct.pack("<%df" % rows, *scales)),
                (name + "_sum", "F32", [rows], struct.pack("<%df" % rows, *(
                    scale * sum(row) for scale, row in zip(scales, q))))]
        else:
            n = math.prod(shape)
            entries.append((name, "F32", shape, struct.pack(
                "<%df" % n, *(rng.uniform(-1, 1) for _ in range(n)))))
    for name, dtype, shape, values in sorted(entries, key=lambda e: e[1]):
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def dense(name, rows, columns):
    return {name + ".weight": [rows, columns], name + ".bias": [rows]}


def norm(name, size=HIDDEN):
    return {name + ".weight": [size], name + ".bias": [size]}


def bert_tensors(vocab_size):
    shapes = {
        "bert.embeddings.word_embeddings.weight": [vocab_size, HIDDEN],
        "bert.embeddings.position_embeddings.weight": [POSITIONS, HIDDEN],
        "bert.embeddings.token_type_embeddings.weight": [2, HIDDEN],
        **norm("bert.embeddings.LayerNorm")}
    layer = "bert.encoder.layer.0."
    for part in ("attention.self.query", "attention.self.key",
                 "attention.self.value", "attention.output.dense"):
        shapes.update(dense(layer + part, HIDDEN, HIDDEN))
    shapes.update(norm(layer + "attention.output.LayerNorm"))
    shapes.update(norm(layer + "output.LayerNorm"))
    shapes.update(dense(layer + "intermediate.dense", INNER, HIDDEN))
    shapes.update(dense(layer + "output.dense", HIDDEN, INNER))
    shapes.update(dense("cls.predictions.transform.dense", HIDDEN, HIDDEN))
    shapes.update(norm("cls.predictions.transform.LayerNorm"))
    shapes["cls.predictions.bias"] = [vocab_size]
    return shapes


def distilbert_tensors():
    shapes = {
        "distilbert.embeddings.word_embeddings.weight": [len(VOCAB), HIDDEN],
        "distilbert.embeddings.position_embeddings.weight": [POSITIONS, HIDDEN],
        **norm("distilbert.embeddings.LayerNorm")}
    layer = "distilbert.transformer.layer.0."
    for part in ("q_lin", "k_lin", "v_lin", "out_lin"):
        shapes.update(dense(layer + "attention." + part, HIDDEN, HIDDEN))
    shapes.update(norm(layer + "sa_layer_norm"))
    shapes.update(norm(layer + "output_layer_norm"))
    shapes.update(dense(layer + "ffn.lin1", INNER, HIDDEN))
    shapes.update(dense(layer + "ffn.lin2", HIDDEN, INNER))
    shapes.update(dense("vocab_transform", HIDDEN, HIDDEN))
    shapes.update(norm("vocab_layer_norm"))
    shapes["vocab_projector.bias"] = [len(VOCAB)]
    return shapes


def weights(name, rows, columns=None):
    return {name + ".weight": [rows] if columns is None else [rows, columns]}


def modernbert_tensors(vocab_size):
    shapes = {**weights("model.embeddings.tok_embeddings", vocab_size, HIDDEN),
              **weights("model.embeddings.norm", HIDDEN),
              **weights("model.final_norm", HIDDEN),
              **weights("head.dense", HIDDEN, HIDDEN), **weights("head.norm", HIDDEN),
              "decoder.bias": [vocab_size]}
    for i in range(2):
        layer = f"model.layers.{i}."
        shapes.update(weights(layer + "attn.Wqkv", 3 * HIDDEN, HIDDEN))
        shapes.update(weights(layer + "attn.Wo", HIDDEN, HIDDEN))
        shapes.update(weights(layer + "mlp_norm", HIDDEN))
        shapes.update(weights(layer + "mlp.Wi", 2 * INNER, HIDDEN))
        shapes.update(weights(layer + "mlp.Wo", HIDDEN, INNER))
    shapes.update(weights("model.layers.1.attn_norm", HIDDEN))
    return shapes


def eurobert_tensors(vocab_size):
    layer = "model.layers.0."
    shapes = {**weights("model.embed_tokens", vocab_size, HIDDEN),
              **weights("model.norm", HIDDEN), **weights("lm_head", vocab_size, HIDDEN),
              **weights(layer + "input_layernorm", HIDDEN),
              **weights(layer + "post_attention_layernorm", HIDDEN)}
    for part in "qkvo":
        rows = HIDDEN // 2 if part in "kv" else HIDDEN
        shapes.update(weights(f"{layer}self_attn.{part}_proj", rows, HIDDEN))
    shapes.update(weights(layer + "mlp.gate_proj", INNER, HIDDEN))
    shapes.update(weights(layer + "mlp.up_proj", INNER, HIDDEN))
    shapes.update(weights(layer + "mlp.down_proj", HIDDEN, INNER))
    return shapes


def special(i, **more):
    return {"content": VOCAB[i], "single_word": False, "lstrip": False,
            "rstrip": False, "normalized": False, "special": True, **more}


CONFIG = {"model_type": "bert", "vocab_size": len(VOCAB), "hidden_size": HIDDEN,
          "num_hidden_layers": 1, "num_attention_heads": 2,
          "intermediate_size": INNER, "max_position_embeddings": POSITIONS,
          "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12}
MODERNBERT_CONFIG = {
    "model_type": "modernbert", "vocab_size": 24, "hidden_size": HIDDEN,
    "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": INNER,
    "max_position_embeddings": POSITIONS, "local_attention": 4, "norm_eps": 1e-5,
    "layer_types": ["full_attention", "sliding_attention"],
    "rope_parameters": {"full_attention": {"rope_theta": 160000.0},
                        "sliding_attention": {"rope_type": "linear", "factor": 2,
                                              "rope_theta": 10000.0}}}
EUROBERT_CONFIG = {
    "model_type": "eurobert", "vocab_size": 24, "hidden_size": HIDDEN,
    "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
    "intermediate_size": INNER, "max_position_embeddings": POSITIONS,
    "rms_norm_eps": 1e-5, "rope_theta": 250000, "head_dim": HIDDEN // 2}
DISTILBERT_CONFIG = {"model_type": "distilbert", "vocab_size": len(VOCAB),
                     "dim": HIDDEN, "n_layers": 1, "n_heads": 2,
                     "hidden_dim": INNER, "max_position_embeddings": POSITIONS,
                     "activation": "gelu"}
VOCAB_TEXT = "\n".join(VOCAB) + "\n"


def piece(name, type_id):
    key = "Sequence" if name in "AB" else "SpecialToken"
    return {key: {"id": name, "type_id": type_id}}


TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [piece("[CLS]", 0), piece("A", 0), piece("[SEP]", 0)],
    "pair": [piece("[CLS]", 0), piece("A", 0), piece("[SEP]", 0),
             piece("B", 1), piece("[SEP]", 1)],
    "special_tokens": {
        "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
        "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}}
TOKENIZER = {
    "version": "1.0", "truncation": None, "padding": None,
    "added_tokens": [{"id": i, **special(i)} for i in range(5)] + [
        {"id": 20, "content": "the man", "single_word": True, "lstrip": True,
         "rstrip": True, "normalized": True, "special": False}],
    "normalizer": {"type": "Sequence", "normalizers": [
        {"type": "Lowercase"},
        {"type": "BertNormalizer", "clean_text": True,
         "handle_chinese_chars": True, "strip_accents": None,
         "lowercase": True}]},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": TEMPLATE,
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "model": {"type": "WordPiece", "unk_token": "[UNK]",
              "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
              "vocab": {word: i for i, word in enumerate(VOCAB)}}}
TOKENIZER_CUT = {
    **TOKENIZER,
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3],
                       "cls": ["[CLS]", 2]},
    "truncation": {"direction": "Left", "max_length": 8,
                   "strategy": "LongestFirst", "stride": 0}}
# A character map: "q" is "QU", U+00C9 and all that begins like it is nothing.
UNITS = [256 << 10] + 1023 * [0]
for byte, value in (0x71, 0), (0xc3, 3):
    UNITS[256 ^ byte] = (256 ^ byte ^ 512 + value) << 10 | 256 | byte
    UNITS[512 + value] = 1 << 31 | value
CHARSMAP = base64.b64encode(struct.pack("<I", 4 * 520) +
                            struct.pack("<520I", *UNITS[:520]) +
                            b"QU\0\0").decode()
TOKENIZER_STEPS = {
    **TOKENIZER,
    "normalizer": {"type": "Sequence", "normalizers": [
        {"type": "Replace", "pattern": {"String": "``"}, "content": "'"},
        {"type": "Replace", "pattern": {"Regex": "\\s{2,}|[\\n\\r\\t]"},
         "content": " "},
        {"type": "Precompiled", "precompiled_charsmap": CHARSMAP},
        {"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Nmt"},
        {"type": "BertNormalizer", "clean_text": True, "strip_accents": True,
         "handle_chinese_chars": True, "lowercase": False},
        {"type": "NFC"}, {"type": "Lowercase"},
        {"type": "Prepend", "prepend": " a"},
        {"type": "Strip", "strip_left": True, "strip_right": True}]},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": "\\s+"}, "invert": False,
         "behavior": "MergedWithNext"},
        {"type": "Split", "pattern": {"String": "a"}, "invert": True,
         "behavior": "Contiguous"},
        {"type": "Whitespace"}, {"type": "Punctuation"},
        {"type": "Digits", "individual_digits": True}]}}
TOKENIZER_CONFIG = {
    "tokenizer_class": "BertTokenizer", "do_lower_case": True,
    "model_max_length": 8, "unk_token": "[UNK]", "sep_token": "[SEP]",
    "pad_token": "[PAD]", "cls_token": "[CLS]",
    "mask_token": {"content": "[MASK]", "lstrip": True},
    "truncation_side": "left", "strip_accents": None,
    "tokenize_chinese_chars": True, "split_special_tokens": False,
    "clean_up_tokenization_spaces": True,
    "additional_special_tokens": ["zz"]}
TOKENIZER_CONFIG_FAST = {
    "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 1e30,
    "added_tokens_decoder": {str(i): special(i) for i in range(5)},
    "extra_special_tokens": {"foo": "hat"}}
MODULES = [{"idx": i, "name": str(i), "path": path,
            "type": "sentence_transformers.models." + kind}
           for i, (path, kind) in enumerate([
               ("", "Transformer"), ("1_Pooling", "Pooling"),
               ("2_Dense", "Dense"), ("2_LayerNorm", "LayerNorm"),
               ("3_Normalize", "Normalize")])]


def folders():
    base = {"config.json": CONFIG, "vocab.txt": VOCAB_TEXT,
            "model.safetensors": safetensors(bert_tensors(len(VOCAB)))}
    large = {"config.json": {**CONFIG, "vocab_size": 24},
             "model.safetensors": safetensors(bert_tensors(24))}
    sentence = {
        **base, "modules.json": MODULES,
        "sentence_bert_config.json": {"max_seq_length": 6, "do_lower_case": True},
        "config_sentence_transformers.json": {
            "prompts": {"query": "a ", "doc": None},
            "default_prompt_name": "query", "similarity_threshold": 0.4},
        "1_Pooling/config.json": {
            "word_embedding_dimension": HIDDEN, "pooling_mode_cls_token": True,
            "pooling_mode_mean_tokens": True, "include_prompt": False},
        "2_Dense/config.json": {
            "in_features": 8, "out_features": 3, "bias": True,
            "activation_function": "torch.nn.modules.activation.Tanh"},
        "2_Dense/model.safetensors": safetensors(dense("linear", 3, 8)),
        "2_LayerNorm/config.json": {"dimension": 3},
        "2_LayerNorm/model.safetensors": safetensors(norm("norm", 3))}
    tensors = bert_tensors(len(VOCAB))
    shards = {"a.safetensors": dict(list(tensors.items())[::2]),
              "b.safetensors": dict(list(tensors.items())[1::2])}
    pytorch = {**{k: v for k, v in sentence.items() if "tensors" not in k},
               "pytorch_model.bin": torch_zip(bert_tensors(len(VOCAB))),
               "2_Dense/pytorch_model.bin": torch_zip(dense("linear", 3, 8))}
    pytorch["2_LayerNorm/model.safetensors"] = sentence[
        "2_LayerNorm/model.safetensors"]
    distilbert = {"config.json": DISTILBERT_CONFIG, "vocab.txt": VOCAB_TEXT,
                  "model.safetensors": safetensors(distilbert_tensors(), "F16")}
    return {
        "bert": base,
        "bert-torch": pytorch,
        "bert-int8": {**base, "OPTIONS": options(
            pack=1, part=1, precision=4, cpu=3)},
        "bert-pair": {
            **large, "tokenizer.json": TOKENIZER,
            "tokenizer_config.json": TOKENIZER_CONFIG,
            "TEXT": "The man's hat [MASK] 中 é the man",
            "OPTIONS": options(bits=9, max_tokens=8, overflow=1, overlap=1,
                               attention=3, part=1, precision=2, cpu=1)},
        "bert-fast": {
            **large, "tokenizer.json": TOKENIZER,
            "tokenizer_config.json": TOKENIZER_CONFIG_FAST,
            "OPTIONS": options(bits=1, max_tokens=6, overflow=2, truncation=1,
                               overlap=1, pack=1, attention=7, part=1, cpu=2)},
        "tokenizer-cut": {
            **large, "tokenizer.json": TOKENIZER_CUT,
            "tokenizer_config.json": TOKENIZER_CONFIG_FAST,
            "added_tokens.json": {"foo": 20, "bar": 21},
            "special_tokens_map.json": {
                "mask_token": {"content": "[MASK]"},
                "extra_special_tokens": ["hat"]},
            "OPTIONS": options(part=2)},
        "tokenizer-steps": {
            **large, "tokenizer.json": TOKENIZER_STEPS,
            "tokenizer_config.json": TOKENIZER_CONFIG_FAST,
            "TEXT": "q\u00c9 q\u0301 ``e\u0301\ufb01  12\nThe\u3000man's.",
            "OPTIONS": options(part=2)},
        "tokenizer-added": {
            **base, "added_tokens.json": {"a b": 17, "[CLS]": 2},
            "special_tokens_map.json": {"mask_token": "[MASK]",
                                        "additional_special_tokens": ["b"]},
            "OPTIONS": options(part=2)},
        "sentence": sentence,
        "sentence-new": {
            **sentence, "1_Pooling/config.json": {
                "embedding_dimension": HIDDEN,
                "pooling_mode": ["max", "lasttoken"]},
            "OPTIONS": options(pack=1, attention=11, precision=1, cpu=3)},
        "shards": {
            "config.json": CONFIG, "vocab.txt": VOCAB_TEXT,
            "model.safetensors.index.json": {
                "metadata": {},
                "weight_map": {name: file for file in shards
                               for name in shards[file]}},
            **{file: safetensors(shards[file]) for file in shards}},
        "modernbert": {
            "config.json": MODERNBERT_CONFIG, "tokenizer.json": TOKENIZER,
            "tokenizer_config.json": TOKENIZER_CONFIG_FAST,
            "model.safetensors": safetensors(modernbert_tensors(24)),
            "OPTIONS": options(bits=1, max_tokens=8, overflow=1, overlap=1,
                               attention=1, part=1, cpu=2)},
        "eurobert-int8": {
            "config.json": EUROBERT_CONFIG, "tokenizer.json": TOKENIZER,
            "tokenizer_config.json": TOKENIZER_CONFIG_FAST,
            "model.safetensors": safetensors(eurobert_tensors(24), "F16"),
            "OPTIONS": options(pack=1, attention=6, part=1, precision=4, cpu=3)},
        "checkpoint": {
            "bert_config.json": CONFIG, "vocab.txt": VOCAB_TEXT,
            **dict(zip(("bert_model.ckpt.index",
                        "bert_model.ckpt.data-00000-of-00001"), checkpoint()))},
        "distilbert": distilbert,
        "distilbert-int8": {**distilbert, "OPTIONS": options(
            bits=17, max_tokens=7, overflow=1, truncation=2, overlap=2, pack=1,
            attention=4, part=1, precision=4)}}


def varint(n):
    return bytes([n & 127 | 128]) + varint(n >> 7) if n > 127 else bytes([n])


def field(number, value):
    """A field of protobuf: a number, a float, or bytes after their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def sentencepiece(pieces, unk_id, charsmap=b""):
    """A .model of (text, score, type)."""
    return b"".join(
        [field(1, field(1, text.encode()) + field(2, score) + field(3, kind))
         for text, score, kind in pieces] +
        [field(2, field(3, 1) + field(40, unk_id)),
         field(3, field(1, b"nmt") + field(2, charsmap))])


PIECES = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3),
          ("\u2581", -2.5, 1), ("\u2581the", -3.25, 1), ("t", -4.0, 1),
          ("h", -4.5, 1), ("e", -4.0, 1), ("he", -5.5, 1), ("\u00e9", -6.0, 1)]


def tokenizers_of_pieces():
    mark = {"type": "Metaspace", "replacement": "\u2581"}
    file = {**TOKENIZER, "added_tokens": [], "normalizer": None,
            "pre_tokenizer": mark, "post_processor": None, "decoder": mark,
            "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": True,
                      "vocab": [[text, score] for text, score, _ in PIECES]}}
    model = sentencepiece(PIECES + [("[CLS]", 0.0, 3), ("[SEP]", 0.0, 3),
                                    ("(", 0.0, 4)], 0)
    rest = {"config.json": CONFIG, "TEXT": "the he(the) \u00e9<s> [MASK]x  "}
    return {
        "pieces": {**rest, "tokenizer.json": file, "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast"}},
        "pieces-xlmr": {**rest, "tokenizer.json": file,
                        "tokenizer_config.json": {
                            "tokenizer_class": "XLMRobertaTokenizer"}},
        **{"model-" + name.lower(): {
            **rest, file: model,
            "tokenizer_config.json": {"tokenizer_class": name + "Tokenizer"}}
           for name, file in (("XLMRoberta", "sentencepiece.bpe.model"),
                              ("Albert", "spiece.model"),
                              ("DebertaV2", "spm.model"))}}


def tokenizers_of_pairs():
    """Byte pair encoding: of bytes, of characters, and fastBPE's."""
    tokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "t", "h", "e", "\u0120",
              "\u00c3", "\u00a9", "th", "the", "\u0120the", "\u00c3\u00a9", "<0x01>"]
    merges = ["t h", "th e", "\u0120 the", "\u00c3 \u00a9"]
    vocab = {t: i for i, t in enumerate(tokens)}
    level = {"type": "ByteLevel", "add_prefix_space": True,
             "trim_offsets": True, "use_regex": True}
    chain = [{"type": "Replace", "pattern": {"String": "_"}, "content": " "},
             {"type": "ByteFallback"}, {"type": "Fuse"},
             {"type": "Strip", "content": " ", "start": 1, "stop": 1},
             {"type": "BPEDecoder", "suffix": "</w>"}]
    model = {"type": "BPE", "unk_token": "<unk>", "fuse_unk": True,
             "byte_fallback": True, "ignore_merges": True,
             "continuing_subword_prefix": "", "end_of_word_suffix": "",
             "vocab": vocab, "merges": [m.split(" ") for m in merges]}
    file = {"added_tokens": [{"id": 4, "content": "<mask>", "lstrip": True,
                              "rstrip": True, "special": True,
                              "normalized": False}],
            "normalizer": None, "pre_tokenizer": level, "model": model,
            "post_processor": {"type": "Sequence", "processors": [level]},
            "decoder": level}
    rest = {"config.json": CONFIG, "TEXT": "the  he\u00e9 the<mask> t\n'd x" +
            "the" * 30}
    codes = "t h 9\nth e</w> 7\nh e</w> 3\n"
    fast = {"tokenizer_class": "PreTrainedTokenizerFast"}

    def of_class(name, files):
        return {**rest, **files, "tokenizer_config.json": {
            "tokenizer_class": name + "Tokenizer"}}
    pairs = {"vocab.json": vocab, "merges.txt": "\n".join(merges) + "\n"}
    return {
        "pairs-roberta": of_class("Roberta", pairs),
        "pairs-herbert": of_class("Herbert", pairs),
        "pairs-bytes": {**rest, "tokenizer.json": file,
                        "tokenizer_config.json": fast},
        "pairs-characters": {**rest, "tokenizer_config.json": fast,
                             "tokenizer.json": {
                                 **file, "pre_tokenizer": None,
                                 "decoder": {"type": "Sequence",
                                             "decoders": chain}}},
        "pairs-phobert": of_class("Phobert", {
            "bpe.codes": codes, "vocab.txt": "the 9\nth@@ 8\ne 7\nt@@ 1\n"})}


def tokenizers():
    return {**{name: {file: data for file, data in files.items()
                      if not file.endswith(".safetensors")}
               for name, files in folders().items()
               if not name.startswith(("shards", "distilbert"))},
            **tokenizers_of_pieces(), **tokenizers_of_pairs()}


def inputs():
    """The format, the bits and the longest record, and the bytes."""
    text = b"The man's hat\n[MASK] a\tb\r\n\nlast"
    plain = {
        "lines": bytes([0, 0, 0]) + text,
        "pairs": bytes([0, 2, 0]) + text,
        "null": bytes([0, 1, 0]) + b"a\0b\0",
        "csv": bytes([1, 0, 0]) + b'id,text,2\r\n1,"a ""q"" \n b",x\n2,plain,\n',
        "csv-headerless": bytes([1, 20, 0]) + b'1,b\n"x,y"z,2\n',
        "tsv": bytes([2, 16, 0]) + b"id\ttext\t2\n1\ta\\tb\\n\\\\\\x\t3\n",
        "jsonl": bytes([3, 16, 0]) + b"\n".join([
            b'{"id":1,"text":"a\\u0000b","2":"c"}', b"",
            b'{"id":1.5,"text":"\\ud83d\\ude00","2":null}',
            b'{"id":123456789012345678901234567890,"text":"x","2":"y"}',
            b"[1]", b""]),
        "values": bytes([3, 0, 0]) + b"\n".join([
            b'{"id":[NaN,{"x":1e400, "y":"\\ud800"}],"text":"\\u00e9"}',
            b'{"id":-Infinity,"te\\u0078t":"\xff","text":"a"}', b""]),
        "array": bytes([129, 16, 0]) + b'[{"id":1,"text":"a]","2":"c"},\n {"id":'
        b'[2],"text":\n"\\u00e9\\"","2":"d"}, 5, "x", x] {"text":"e","2":"f"}',
        "strings": bytes([3, 128, 0]) + b'["a", "b\\n", {"c":1}]',
        "paths": bytes([3, 64 + 16, 0]) + b'{"a":["x",{"y":1}],"a.b.c":2}\n'
        b'{"a":{"0":"z","b/":[1, "w" ],"b":{"c":[ ]}}}\n',
        "paragraph": bytes([130, 0, 0]) + b"\n \na\r\nb\n\t\n\nc",
        "joined": bytes([128, 35, 0]) + b"a\nb\r\nc\nd\ne",
        "joined-short": bytes([128, 34, 131]) + b"aaaaa\nb\nc\nd\n",
        "semicolon": bytes([66, 16, 0]) + b"id;text;2\n1;a\\tb;x\n",
        "file": bytes([4, 2, 0]) + text,
        "mark": b"\0\0\0\xef\xbb\xbfabc\n",
        "utf16": b"\0\0\0\xff\xfea\0b\0\n\0",
        "unpaired": b"\0\0\0\xfe\xff\0a\xd8\0\0\n\xdc",
        "zip": b"\0\0\0PK\3\4",
        "short": bytes([0, 0, 130]) + text}
    packed = {name + "-gzip": data[:3] + gzip.compress(data[3:], mtime=0)
              for name, data in plain.items()}
    twice = 2 * gzip.compress(text, mtime=0)
    return {**plain, **packed, "twice": bytes([0, 8, 0]) + twice + b"\0\0\0"}


def npy(descr, shape, data):
    header = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (
        descr, shape)
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) +
            header.encode() + data)


def ranges():
    values = [-1] * 4 + [1] * 4
    return {"f4": npy("<f4", "(2, 4)", struct.pack("<8f", *values)),
            "f8": npy("<f8", "(2, 4)", struct.pack("<8d", *values))}


def store_slot(age, table_at, n_parts, n_blocks, n_beside):
    numbers = struct.pack("<QQQQQQQ", 8, age, table_at, n_parts, n_blocks, 0,
                          n_beside)
    return (b"BERTHV\0\7" + bytes(32) + numbers).ljust(512, b"\0")


def store(*parts, n_beside=0):
    """A part is its number of rows: files of one part, of two ... grow so, and
    the table before the last is kept."""
    rows, blocks, tables, slots = b"", [], [], []
    for age, n_rows in enumerate(parts, 1):
        for first in range(0, n_rows, 256):
            n = min(256, n_rows - first)
            place = 2**64 - 1 if first else 0
            blocks.append(struct.pack("<QQQQQ", 1024 + len(rows), 0, place,
                                      first + 1, n) + bytes(32) +
                          struct.pack("<Q", 1024 + len(rows)))
            rows += bytes((8 + (n_beside and n_beside + 8)) * n)
            rows += bytes(-len(rows) % 64)
        first_block = len(blocks) - (n_rows + 255) // 256
        tables.append(bytes(32 + 64) + struct.pack(
            "<QQQ", n_rows, first_block, len(blocks) - first_block) + bytes(24))
        slots.append(store_slot(age, 1024 + len(rows), age, len(blocks),
                                n_beside))
        rows += b"".join(tables) + b"".join(blocks)
        rows += bytes(-len(rows) % 64)
    return b"\1" + (bytes(512) + b"".join(slots))[-1024:] + rows


ARGUMENTS = {
    "text": ["-t", "the man's [MASK]"],
    "stdin": ["--keep", "", "the man\nhat [MASK]\n"],
    "joint": ["-t", "the [MASK] hat [MASK]", "--joint", "-k", "3"],
    "layers": ["--layer", "0-0", "--head", "0,1", "--from", "/m.n/", "--to",
               "hat", "-f", "jsonl", "-t", "the man hat"],
    "heat": ["-f", "heat", "-t", "the man", "--color", "always"],
    "grid": ["-f", "grid", "-t", "the man hat"],
    "hide": ["--hide-head", "0.1", "--hide-token", "/^h/", "--hide-token", "2",
             "-t", "the man hat"],
    "wide": ["--what", "scores", "-f", "csv", "--wide", "-t", "a b"],
    "target": ["--target", "hat", "--target", "man", "-t", "the [MASK]"],
    "rank": ["--rank", "hat", "-t", "the [MASK]"],
    "window": ["--overflow", "window", "--max-tokens", "6", "--overlap", "1",
               "-t", "the man hat the man hat s . a"],
    "binary": ["--vector-type", "binary", "-f", "jsonl", "-t", "the", "-t", "a"],
    "dim": ["--dim", "3", "--normalize", "--pooling", "max", "-t", "a"],
    "pair": ["--pair", "-t", "a\tb"],
    "choose": ["--choose", "-t", "the\ta\tman"],
    "tokens": ["--tokens", "-f", "csv", "--digits", "3", "-t", "the man"],
    "query": ["-e", "a man", "-t", "the"],
    "decode": ["--decode", "-t", "2 5 6 3"],
    "count": ["--count", "-t", "a b c"],
    "stats": ["--stats", "--verbose", "-t", "a"],
    "similarity": ["--similarity", "-f", "csv"],
    "int8": ["--precision", "int8", "--cpu", "scalar", "-t", "the man"],
    "jsonl": ["-i", "jsonl", "--field", "t", "--id", "i", "-f", "jsonl", "",
              '{"t":"the man","i":[1,2.50]}\n'],
    "csv": ["-i", "csv", "--field", "t", "-f", "jsonl", "", 't\n"a ""b"""\n'],
}


def command_lines():
    return {"%s-%d" % (name, command):
            bytes([command]) + "\0".join(words).encode()
            for name, words in ARGUMENTS.items() for command in range(COMMANDS)}


def checkpoint():
    """The index and the data of a BERT."""
    tensors = bert_tensors(len(VOCAB))
    variables = google.variables_of(
        (name, shape, b"".join(struct.pack("<f", rng.uniform(-1, 1))
                               for _ in range(math.prod(shape))))
        for name, shape in tensors.items())
    index, (data,) = google.checkpoint(variables)
    return index, data


def entries(*variables):
    """The entries of an index that has one block, without its restarts."""
    return google.block([(b"", google.number(1, 1))] + [
        (name, google.number(1, kind) + google.message(2, b"".join(
            google.message(2, google.number(1, n)) for n in shape)) +
         google.number(4, at) + google.number(5, size) + b"\x35abcd")
        for name, kind, shape, at, size in variables], 99)[:-8]


def gguf_text(s):
    return struct.pack("<Q", len(s.encode())) + s.encode()


def gguf_value(value):
    """A type and a value of it: a text, a number, bytes, or a list."""
    if isinstance(value, bool):
        return 7, bytes([value])
    if isinstance(value, str):
        return 8, gguf_text(value)
    if isinstance(value, float):
        return 6, struct.pack("<f", value)
    if isinstance(value, int):
        return 4, struct.pack("<I", value)
    if isinstance(value, bytes):
        return 9, struct.pack("<IQ", 0, len(value)) + value
    kinds = [gguf_value(v) for v in value]
    return 9, (struct.pack("<IQ", kinds[0][0], len(kinds))
               + b"".join(v for _, v in kinds))


def gguf(keys, tensors):
    """Keys and values; tensors in F32 by the shape that Hugging Face has."""
    head, data = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys)), b""
    for key, value in keys.items():
        kind, encoded = gguf_value(value)
        head += gguf_text(key) + struct.pack("<I", kind) + encoded
    for name, shape in tensors.items():
        n = 1
        for extent in shape:
            n *= extent
        head += gguf_text(name) + struct.pack(
            "<I%dQIQ" % len(shape), len(shape), *reversed(shape), 0, len(data))
        data += b"".join(struct.pack("<f", rng.uniform(-1, 1)) for _ in range(n))
        data += bytes(-len(data) % 32)
    return head + bytes(-len(head) % 32) + data


def gguf_bert(model, tokens, kinds, **more):
    keys = {"general.architecture": "bert", "general.type": "model",
            "bert.context_length": POSITIONS, "bert.embedding_length": HIDDEN,
            "bert.block_count": 1, "bert.feed_forward_length": INNER,
            "bert.attention.head_count": 2,
            "bert.attention.layer_norm_epsilon": 1e-5,
            "bert.attention.causal": False, "bert.pooling_type": 1,
            "tokenizer.ggml.model": model, "tokenizer.ggml.tokens": tokens,
            "tokenizer.ggml.token_type": kinds,
            **{"tokenizer.ggml." + k: v for k, v in more.items()}}
    tensors = {"token_embd.weight": [len(tokens), HIDDEN],
               "position_embd.weight": [POSITIONS, HIDDEN],
               "token_types.weight": [2, HIDDEN], **norm("token_embd_norm")}
    for part in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_up",
                 "ffn_down"):
        tensors.update(dense("blk.0." + part, HIDDEN, HIDDEN))
    for part in ("attn_output_norm", "layer_output_norm"):
        tensors.update(norm("blk.0." + part))
    return gguf(keys, tensors)


def ggufs():
    words = [t if t[0] == "[" else t[2:] if t[:2] == "##" else "\u2581" + t
             for t in VOCAB]
    named = ["<s>", "<pad>", "</s>", "<unk>"]
    return {
        "bert": gguf_bert("bert", words, [3] * 5 + [1] * (len(words) - 5),
                          pre="jina-v2-en"),
        "cased": gguf_bert("bert", words, [1] * len(words),
                           **{"normalizer.lowercase": False}),
        "t5": gguf_bert("t5", named + ["\u2581the", "\u2581", "a", "<mask>"],
                        [3, 3, 3, 2, 1, 1, 1, 3],
                        scores=[0.0, 0.0, 0.0, 0.0, -3.25, -4.5, -6.0, 0.0],
                        precompiled_charsmap=bytes([4, 0, 0, 0] + [0] * 5)),
        "gpt2": gguf_bert("gpt2", named + ["a", "b", "ab", "\u0120", "<mask>"],
                          [3] * 4 + [1] * 4 + [3], pre="roberta-bpe",
                          merges=["a b"])}


def pickle_text(s):
    return b"X" + struct.pack("<I", len(s)) + s.encode()


def pickle_sizes(sizes):
    return b"(" + b"".join(b"J" + struct.pack("<I", n) for n in sizes) + b"t"


def torch_tensor(key, n, shape, strides=None, offset=0, kind="Float", old=False):
    """A view of a storage of n elements, as torch.save() pickles it."""
    strides = strides or [math.prod(shape[i + 1:]) for i in range(len(shape))]
    return (b"ctorch._utils\n_rebuild_tensor_v2\n((" + pickle_text("storage")
            + b"ctorch\n%sStorage\n" % kind.encode() + pickle_text(str(key))
            + pickle_text("cpu") + b"J" + struct.pack("<I", n) + b"N" * old
            + b"tQK" + bytes([offset]) + pickle_sizes(shape)
            + pickle_sizes(strides) + b"\x89ccollections\nOrderedDict\n)RtR")


def state_dict(tensors):
    return b"\x80\x02}(" + b"".join(
        pickle_text(name) + tensor for name, tensor in tensors.items()) + b"u."


def torch_zip(shapes, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        def add(name, data):    # of a date that does not change
            z.writestr(zipfile.ZipInfo("m/" + name), data, method)
        add("data.pkl", state_dict({
            name: torch_tensor(i, math.prod(shape), shape)
            for i, (name, shape) in enumerate(shapes.items())}))
        for i, shape in enumerate(shapes.values()):
            add("data/%d" % i, b"".join(struct.pack("<f", rng.uniform(-1, 1))
                                        for _ in range(math.prod(shape))))
    return out.getvalue()


def torch_files():
    """Each after the byte that says what it is: see fuzz_torch.c."""
    views = {"x": torch_tensor(0, 16, [4, 3], [1, 4]),
             "y": torch_tensor(0, 16, [3], offset=13),
             "z": torch_tensor(1, 32, [2, 8], kind="Half")}
    keys = b"\x80\x02](" + pickle_text("0") + pickle_text("1") + b"e."
    numbers = struct.pack("<Q", 16) + bytes(64) + struct.pack("<Q", 2) + bytes(16)
    inner = state_dict(views)[2:-1]
    python_2 = (b"ccollections\nOrderedDict\n](](U\1a"
                + torch_tensor(0, 16, [2]) + b"ee\x85R}(U\x09_metadata}u")
    return {
        "zip": b"\0" + torch_zip({"a": [2, 3], "b": [1]}),
        "deflated": b"\0" + torch_zip({"a": [2, 3]}, zipfile.ZIP_DEFLATED),
        "views": b"\1" + state_dict(views),
        "memo": b"\1\x80\x02}(" + pickle_text("a") + b"q\0"
                + torch_tensor(0, 16, [2]) + b"q\1" + pickle_text("b")
                + b"h\1u.",
        "parameter": b"\1\x80\x02}" + pickle_text("a")
                     + b"ctorch._utils\n_rebuild_parameter\n("
                     + torch_tensor(1, 2, [2], kind="Long")
                     + b"\x88}tRs.",
        "training": b"\1\x80\x02}(" + pickle_text("epoch") + b"K\3"
                    + pickle_text("rng") + b"c_codecs\nencode\n"
                    + pickle_text("x") + pickle_text("latin1") + b"\x86R"
                    + pickle_text("lr") + b"G" + bytes(8)
                    + pickle_text("state_dict") + inner + b"u.",
        "python-2": b"\1\x80\x02" + python_2 + b"b.",
        "old": b"\2" + state_dict({
            "x": torch_tensor(0, 16, [4, 3], [1, 4], old=True),
            "y": torch_tensor(1, 2, [2], kind="Long", old=True)}) + keys
               + numbers}


def seeds():
    pairs = {"a\"\\\n\u00e9\U0001f600": 0, "b": 1}
    return {
        "folder": {**{k: archive(v) for k, v in folders().items()},
                   **{"gguf-" + k: archive({"model.gguf": v})
                      for k, v in ggufs().items()}},
        "gguf": ggufs(),
        "torch": torch_files(),
        "tokenizer": {k: archive(v) for k, v in tokenizers().items()},
        "safetensors": {
            "bert": safetensors(bert_tensors(len(VOCAB))),
            "shapes": safetensors({"a": [2, 3], "b": [0], "c": []}),
            "half": safetensors({"x": [1]}, "F16"),
            "empty": struct.pack("<Q", 2) + b"{}"},
        "input": inputs(),
        "vocab": {
            "tokenizer": json.dumps(TOKENIZER).encode(),
            "escapes": json.dumps({"model": {"vocab": pairs}}).encode(),
            "pieces": json.dumps({"model": {
                "vocab": [["<unk>", 0.0], ["\u2581the", -3.4635426998138428],
                          ["a", -12e-1], ["\n", 7]]}}).encode(),
            "merges": json.dumps({"model": {
                "vocab": {"a": 0, "b": 1, "ab": 2},
                "merges": ["#version: 0.2", "a b", ["ab", "\u00e9"]]}}
            ).encode(),
            "text": VOCAB_TEXT.encode()},
        "checkpoint": {
            "kernel": entries((b"bert/a/kernel", 1, [3, 2], 8, 24)),
            "slots": entries((b"bert/a/bias", 1, [4], 0, 16),
                             (b"bert/a/bias/adam_m", 1, [4], 16, 16),
                             (b"bert/encoder/layer_0/a/gamma", 19, [2], 32, 4)),
            "whole": b"\1" + checkpoint()[0]},
        "sentencepiece": {
            "plain": sentencepiece(PIECES, 0),
            "map": sentencepiece(PIECES, 0, b"\4\0\0\0" + bytes(5)),
            "user": sentencepiece(PIECES + [
                ("[CLS]", 0.0, 3), ("[SEP]", 0.0, 3), ("(", 0.0, 4),
                ("<0xC3>", -9.0, 6)], 0)},
        "store": {"two": store(2), "blocks": store(300), "none": store(0),
                  "grown": store(3, 5), "beside": store(3, n_beside=8)},
        "ranges": ranges(),
        "argv": command_lines()}


def saved_in_8_bits():
    """After the others: what those are does not depend on it."""
    tensors = rows_i8(bert_tensors(len(VOCAB)))
    config = {**CONFIG, "quantization_config": {"quant_method": "berth-int8"}}
    return {
        "folder": {"rows-int8": archive({
            "config.json": config, "vocab.txt": VOCAB_TEXT,
            "berth-int8.safetensors": tensors,
            "OPTIONS": options(pack=1, part=1, cpu=3)})},
        "safetensors": {"int8": tensors}}


def with_labels():
    """After those, likewise."""
    names = {"id2label": {"0": "yes", "1": "n o", "2": "\u00e9"}}
    bert = {**bert_tensors(len(VOCAB)), **dense("bert.pooler.dense", HIDDEN, HIDDEN),
            **dense("classifier", 3, HIDDEN)}
    eurobert = {**eurobert_tensors(24), **dense("dense", HIDDEN, HIDDEN),
                **dense("classifier", 3, HIDDEN)}
    return {
        "bert-labels": archive({
            "config.json": {**CONFIG, **names, "problem_type": "regression",
                            "architectures": ["BertForTokenClassification"]},
            "vocab.txt": VOCAB_TEXT, "model.safetensors": safetensors(bert),
            "OPTIONS": options(part=4)}),
        "eurobert-labels": archive({
            "config.json": {**EUROBERT_CONFIG, **names},
            "tokenizer.json": TOKENIZER, "tokenizer_config.json": TOKENIZER_CONFIG_FAST,
            "model.safetensors": safetensors(eurobert),
            "OPTIONS": options(pack=1, part=3)})}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: seeds.py FOLDER")
    all_seeds = seeds()
    for target, files in saved_in_8_bits().items():
        all_seeds[target].update(files)
    all_seeds["folder"].update(with_labels())
    for target, files in all_seeds.items():
        folder = os.path.join(sys.argv[1], target)
        os.makedirs(folder, exist_ok=True)
        for name, data in files.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)


main()
